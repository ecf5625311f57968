import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { ListenError, Server, type ServerOptions } from "../../mod.ts";
import { SERVE_OPTIONS } from "../../cli/serve/options.ts";
import { SERVER_OPTIONS } from "../../server/options.ts";
import { freePort } from "../support/gearmand.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { assertServes } from "./round_trip.ts";

/** What no option may be, by option. */
const WRONG: Record<string, readonly unknown[]> = {
  port: [-1, 65536, 1.5, NaN, "4730", null],
  wakeup: [-2, 0.5, NaN, "3"],
  wakeupDelay: [-2, -0.5, NaN, Infinity, "0.1"],
  jobRetries: [-2, 256, 0.5, NaN, "1"],
  jobHandlePrefix: ["", "a b", "a\nb", "a\0b", "x".repeat(37), 5],
  exceptions: ["false", 1],
  history: ["true", 1],
  maxQueue: [5, { a: -1 }, { a: 1.5 }, { a: 2 ** 60 }, { a: "5" }, { a: { high: -1 } }, {
    a: { hihg: 1 },
  }],
  maxPacketSize: [0, -1, 1.5, 2 ** 32, NaN, "1"],
  maxSchedules: [-1, 1.5, NaN, "1"],
  scheduleTimezone: ["", "Mars", 5],
  schedules: [5, [{}], [{ name: "a", function: "f", every: 0 }], ["nightly"]],
  policies: [5, { a: 5 }, { a: { retry: -1 } }, { a: { retri: 1 } }],
  maxUnsent: [0, -1, 1.5, NaN, "1"],
  maxConnections: [0, -1, 1.5, NaN, "1"],
  receiveLimit: [0, -1, 1.5, NaN, "1"],
  maxJobs: [0, -1, 1.5, NaN, "1"],
  maxJobMemory: [0, -1, 1.5, NaN, "1"],
  maxResultMemory: [0, -1, 1.5, NaN, "1"],
  maxFunctions: [0, -1, 1.5, NaN, "1"],
  memoryLimit: [0, -1, 1.5, NaN, "1"],
  jobsInMemory: [0, -1, 1.5, NaN, "1"],
  allowShutdown: ["false", 1],
  store: ["queue.db", 1],
  sharedQueue: ["postgres://localhost/jobs", 1],
  storeTimeout: [0, -1, NaN, "10"],
  serverName: ["", 1],
  stopTimeout: [-1, NaN, 2_147_484, "10"],
  keepAlive: ["yes", { idle: 0 }, { interval: -1 }, { count: NaN }, { idel: 1 }],
  log: [{}, { write: () => {} }, console.log],
  onShutdown: ["stop"],
  http: [4780, [4780], [{}], [{ port: -1 }], [{ port: 1, hostname: "" }], [{ path: "" }], [
    { path: "x", hostname: "127.0.0.1" },
  ], [{ port: 0, hostname: "0.0.0.0" }]],
  httpTokens: ["secret", ["secret-secret-secret"], [{}], [{ token: "short" }], [
    { token: "with a space in it" },
  ], [{ token: "secret-secret-secret", write: true }]],
  httpReadOnly: ["false", 1],
  httpPayloads: ["false", 1],
  httpNames: ["name", ["name:80"], ["a b"], [""]],
  targets: [
    "mail",
    ["mail"],
    [{}],
    [{ function: "f" }],
    [{ wait: 1 }],
    [
      { function: "f", wait: "5s" },
    ],
    [{ function: "f", run: 0 }],
    [{ function: "", run: 1 }],
  ],
  httpMetricFunctions: [0, 1.5, 200_000, NaN, "1"],
};

describe("the options of a server", () => {
  for (const [name, values] of Object.entries(WRONG)) {
    for (const value of values) {
      test(`${name} may not be ${inspect(value)}, and nothing listens`, async () => {
        const port = await freePort();
        const options = { port, [name]: value } as ServerOptions;
        const error = assertThrows(() => new Server(options), Error);
        assert(error instanceof RangeError || error instanceof TypeError, String(error));
        assert(error.message.includes(name), `${error.message} does not name ${name}`);
        assert(await isFree(port));
      });
    }
  }

  test("every option of the table is tried above", () => {
    assertEquals(Object.keys(WRONG).sort(), Object.keys(SERVER_OPTIONS).sort());
  });

  test("the table has the defaults that doc comments tell", () => {
    const told = ["server/options.ts", "router/options.ts"].flatMap((file) => {
      const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
      return [...text.matchAll(/@default \{([^"]*?)\}\s+\*\/\s+readonly (\w+)\?/g)];
    });
    const defaults = told.filter(([, , name]) => name in SERVER_OPTIONS);
    assert(defaults.length >= 8, `${defaults.length} doc comments tell a default`);
    for (const [, value, name] of defaults) {
      assertEquals(`${SERVER_OPTIONS[name as keyof ServerOptions].default}`, value, name);
    }
  });

  test("each that a text can say is one of geartrain serve too", () => {
    const names = new Set(SERVE_OPTIONS.map(({ key }) => key));
    const said = Object.entries(SERVER_OPTIONS).filter(([, { help }]) => help !== undefined);
    assert(said.length > 10);
    assertEquals(said.map(([name]) => name).filter((name) => !names.has(name)), []);
  });

  test("a value that is wrong is told with what it must be", () => {
    const messages: [ServerOptions, string][] = [
      [{ maxJobs: 0 }, "Option maxJobs must be an integer >= 1, or Infinity, not 0"],
      [{ jobRetries: 256 }, "Option jobRetries must be an integer from -1 to 255, not 256"],
      [{ keepAlive: { idle: 0 } }, "Option keepAlive.idle must be a number >= 1, not 0"],
      [{ maxQueue: { f: -1 } }, "Option maxQueue.high must be an integer >= 0, not -1"],
      [{ exceptions: "no" as never }, 'Option exceptions must be true or false, not "no"'],
    ];
    for (const [options, message] of messages) {
      assertThrows(() => new Server(options), Error, message);
    }
  });

  test("an unknown option throws, names itself, and nothing listens", async () => {
    const port = await freePort();
    const options = { port, wakeup_delay: 1 } as ServerOptions;
    assertThrows(() => new Server(options), TypeError, `Unknown option "wakeup_delay"`);
    assert(await isFree(port));
  });

  for (const wrong of [4730, "4730", null, [], true]) {
    test(`${inspect(wrong)} is no object with options`, () => {
      const message = "must be an object, such as { port: 4730 }";
      assertThrows(() => new Server(wrong as ServerOptions), TypeError, message);
    });
  }

  test("an option that is undefined counts as not given", async () => {
    const entries = Object.keys(WRONG).map((name) => [name, undefined]);
    await using server = new Server(Object.fromEntries(entries));
    assertEquals(server.listeners(), []);
  });

  test("port listens at once", async () => {
    await using server = new Server({ port: 0 });
    const [{ addr }] = server.listeners();
    assert(addr.port > 0);
    await assertServes(addr.port);
  });

  test("a port in use throws EADDRINUSE and says so in words", async () => {
    await using first = new Server({ port: 0 });
    const { port } = first.listeners()[0].addr;
    const error = assertThrows(() => new Server({ port }), ListenError, "the address is in use");
    assertEquals(error.code, "EADDRINUSE");
    await assertServes(port);
  });

  test("jobHandlePrefix begins every handle", async () => {
    await using server = new Server({ port: 0, jobHandlePrefix: "H:here" });
    using peer = await RawPeer.connect(server.listeners()[0].addr.port);
    const [handle] = await peer.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
    assert(handle.startsWith("H:here:"), handle);
  });

  test("handles have digits alone behind their last colon, and no server has those of another", async () => {
    const servers = Array.from({ length: 20 }, () => new Server());
    const handles = servers.map((server) => server.enqueueJob({ function: "f" })!.handle);
    for (const handle of handles) assertMatch(handle, /^H:[0-9A-Za-z.-]+:[0-9]{26}$/);
    assertEquals(new Set(handles).size, servers.length);
    for (const server of servers) await server.stop();
  });

  test("maxQueue limits functions from the start, by priority too", async () => {
    await using server = new Server({ maxQueue: { few: 1, mixed: { high: 2, low: 1 } } });
    assert(server.enqueueJob({ function: "few" }));
    assertEquals(server.enqueueJob({ function: "few" }), undefined);
    assert(server.enqueueJob({ function: "mixed", priority: "low" }));
    assertEquals(server.enqueueJob({ function: "mixed", priority: "low" }), undefined);
    assert(server.enqueueJob({ function: "mixed", priority: "high" }));
    assert(server.enqueueJob({ function: "mixed", priority: "normal" }));
  });

  test("maxPacketSize bounds what a header may announce", async () => {
    await using server = new Server({ port: 0, maxPacketSize: 1000 });
    const { port } = server.listeners()[0].addr;
    using peer = await RawPeer.connect(port);
    const big = "x".repeat(1000);
    assertEquals(await peer.packet("ECHO_REQ", big).expect("ECHO_RES"), [big]);
    const [code] = await peer.packet("ECHO_REQ", `${big}!`).expect("ERROR", 2);
    assertEquals(code, "DATA_TOO_LARGE");
    assertEquals(await peer.allUntilClose(), "");
    await assertServes(port);
  });
});

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, "127.0.0.1");
  const [outcome] = await Promise.race([
    once(probe, "listening").then(() => [true]),
    once(probe, "error").then(() => [false]),
  ]);
  probe.close();
  return outcome;
}
