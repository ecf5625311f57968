import { assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { Client, type ClientOptions, Server, Worker, type WorkerOptions } from "../../mod.ts";

const functions = { upper: () => {} };
const servers = ["localhost:4730"];

/** What the options may not be, and what the error says of it. */
const WRONG: [options: unknown, message: string][] = [
  ["localhost:4730", 'must be an object, such as { servers: ["localhost:4730"] }'],
  [["localhost:4730"], 'must be an object, such as { servers: ["localhost:4730"] }'],
  [undefined, 'must be an object, such as { servers: ["localhost:4730"] }'],
  [
    { servers: "localhost:4730", functions },
    'servers must be an array, such as ["localhost:4730"]',
  ],
  [{ servers: new Server(), functions }, "servers must be an array"],
  [{ servers: [], functions }, "needs servers"],
  [{ functions }, "needs servers"],
  [{ servers: [4730], functions }, "A server is an address"],
  [{ servers, functions, toString: 5 }, "no option toString"],
  [{ servers, functions, backoff: 5 }, "backoff must be an object"],
  [{ servers, functions, codecs: null }, "codecs must be an object"],
];

/** Without what only a worker has. */
function forClient(options: unknown): unknown {
  if (typeof options !== "object" || Array.isArray(options)) return options;
  const { functions: _, ...others } = options as { functions?: unknown };
  return others;
}

describe("the options of a client and of a worker", () => {
  for (const [options, message] of WRONG) {
    const shown = typeof options === "object" && !Array.isArray(options)
      ? JSON.stringify(options).replace(/\{\}/g, "a server")
      : String(JSON.stringify(options));
    test(`${shown} is a TypeError that says what is wrong`, () => {
      const client = () => new Client(forClient(options) as ClientOptions);
      assertThrows(client, TypeError, message);
      assertThrows(() => new Worker(options as WorkerOptions), TypeError, message);
    });
  }

  for (const name of ["onConnected", "onServerError", "onJobFailed"]) {
    test(`${name} of a worker that is no function is a TypeError`, () => {
      const options = { servers, functions, [name]: "log" };
      assertThrows(() => new Worker(options as unknown as WorkerOptions), TypeError, name);
    });
  }

  test("onStray of a client that is no function is a TypeError", () => {
    const options = { servers, onStray: "log" } as unknown as ClientOptions;
    assertThrows(() => new Client(options), TypeError, "onStray must be a function");
  });
});

describe("the options of a submit", () => {
  for (const options of ["background", { background: "yes" }, { priorty: "high" }] as unknown[]) {
    test(`${JSON.stringify(options)} is a TypeError, and nothing is submitted`, async () => {
      await using server = new Server();
      await using client = new Client({ servers: [server] });
      const submit = () => client.submit("upper", "text", options as { background: true });
      await assertRejects(submit, TypeError);
      server.jobs().forEach((job) => {
        throw new Error(`${job.handle} was submitted`);
      });
    });
  }
});
