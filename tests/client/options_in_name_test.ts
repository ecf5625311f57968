import type { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Admin, Client, ConnectionLostError, JobFailedError, ServerError } from "../../mod.ts";
import { Gearmand } from "../support/gearmand.ts";
import { program, testWith } from "../support/programs.ts";
import { startServer, untilListed } from "../support/server.ts";
import { ForeignServer, onRequests, responseBytes } from "./foreign_server.ts";
import { RawWorker } from "./raw_worker.ts";

const RULES = { policies: { "f*": { optionsInName: true } } };
const IN_BACKGROUND = { background: true } as const;
const gearmand = program("gearmand", "gearman-job-server");

function clientOf(port: number, options = {}): Client {
  return new Client({ servers: [`127.0.0.1:${port}`], ...options });
}

/** What a server gets that answers OPTION_REQ, but for `exceptions`, as it is told. */
async function withAnswers(
  answers: readonly Buffer[],
  play: (client: Client, requests: string[]) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  let asked = 0;
  let jobs = 0;
  await using server = await ForeignServer.start((socket) => {
    const note = (type: string, body: string) =>
      requests.push(`${type} ${body.replaceAll("\0", "|")}`);
    onRequests(socket, (type, body) => {
      note(type, body);
      socket.write(responseBytes("JOB_CREATED", `H:${++jobs}`));
      if (body.startsWith("end")) socket.end();
    }, (name) => {
      if (name === "exceptions") return responseBytes("OPTION_RES", name);
      note("OPTION_REQ", name);
      return answers[asked++];
    });
  });
  await using client = clientOf(server.port);
  await play(client, requests);
}

const YES = responseBytes("OPTION_RES", "options-in-name");
const NO = responseBytes("ERROR", "UNKNOWN_OPTION", "no");

describe("the options delay, ttl and attempts of a submit", () => {
  test("hold, in the foreground and in the background", async () => {
    await using server = startServer(RULES);
    await using client = clientOf(server.port);
    const before = Date.now();
    const handle = await client.submit("f", "", { ...IN_BACKGROUND, delay: 3600_000 });
    await using admin = new Admin(`127.0.0.1:${server.port}`);
    const { rows: [job] } = await admin.jobs();
    assertEquals(job.handle, handle);
    assert(job.due! >= before + 3600_000 && job.due! <= Date.now() + 3600_000);
    // Nobody works for it: it fails when both times are over.
    const expires = client.submit("f2", "", { delay: 1, ttl: 1, priority: "high" });
    await assertRejects(() => expires.bytes(), JobFailedError);
    const once = { ...IN_BACKGROUND, unique: "once", uniqueWindow: 3600_000 };
    let runs = 0;
    using _worker = await RawWorker.start(server.port, {
      f3: ({ send }) => {
        runs++;
        send("WORK_FAIL");
        return null;
      },
    });
    await assertRejects(() => client.submit("f3", "", { attempts: 1 }).bytes(), Error, "failed");
    assertEquals(runs, 1);
    using _other = await RawWorker.start(server.port, { f4: () => "done" });
    const first = await client.submit("f4", "", once);
    await server.untilListed("status", /^f4\t0\t0\t/);
    assertEquals(await client.submit("f4", "", once), first);
    await server.untilListed("status", /^f4\t0\t0\t/);
  });

  testWith([gearmand], "are refused by gearmand, and nothing is submitted", async () => {
    await using server = await Gearmand.start(gearmand.program);
    await using client = clientOf(server.port);
    for (let time = 1; time <= 2; time++) {
      const refused = () => client.submit("f", "", { ...IN_BACKGROUND, delay: 1, ttl: 1 });
      const error = await assertRejects(refused, ServerError);
      const text = "Server knows no options of jobs (delay, ttl), as geartrain does";
      assertEquals([error.code, error.text], ["UNKNOWN_OPTION", text]);
      assertEquals([error.functionName, error.server], ["f", `127.0.0.1:${server.port}`]);
    }
    await assertRejects(() => client.submit("f", "", { attempts: 1 }).bytes(), ServerError);
    assertEquals(await untilListed(server.port, "status", 0), []);
    // The connection goes on, and a question mark is nothing special.
    await client.submit("f?x", "", IN_BACKGROUND);
    await untilListed(server.port, "status", /^f\?x\t1\t0\t0$/);
  });

  test("are refused where the rule does not allow them", async () => {
    await using server = startServer(RULES);
    await using client = clientOf(server.port);
    const refused = () => client.submit("g", "", { ...IN_BACKGROUND, attempts: 2 });
    const error = await assertRejects(refused, ServerError, "has no options-in-name");
    assertEquals(error.code, "INVALID_ARGUMENT");
    await untilListed(server.port, "status", 0);
  });

  test("are refused by the client itself when they are wrong", async () => {
    await using client = new Client({ servers: ["unix:/nonexistent/socket"] });
    const refused: [options: Record<string, unknown>, message: string][] = [
      [{ delay: -1 }, "delay must be a number of milliseconds from 0 to 10 years"],
      [{ delay: "60s" }, "delay must be"],
      [{ ttl: 0 }, "ttl must be a number of milliseconds from 1 to 10 years"],
      [{ ttl: Infinity }, "ttl must be"],
      [{ attempts: 1.5 }, "attempts must be an integer from 1 to 10000"],
      [{ uniqueWindow: 0, unique: "u" }, "uniqueWindow must be a number of milliseconds from 1"],
      [{ uniqueWindow: 1 }, "A job without a unique has no uniqueWindow"],
      [{ delay: 1, at: 1 }, "A job with a time has no delay"],
    ];
    for (const [options, message] of refused) {
      await assertRejects(
        () => client.submit("f", "", { ...IN_BACKGROUND, ...options } as never),
        Error,
        message,
      );
    }
  });
});

describe("a client asks a server whether it takes options", () => {
  test("once a connection, and only for a job that has some", async () => {
    await withAnswers([YES, NO], async (client, requests) => {
      const submit = (name: string, options = {}) =>
        client.submit(name, "", { ...IN_BACKGROUND, ...options });
      await submit("f");
      await Promise.all([submit("f?"), submit("f", { delay: 1 }), submit("f", { ttl: 2 })]);
      await submit("f?", { attempts: 3, unique: "u" });
      assertEquals(requests.splice(0), [
        "SUBMIT_JOB_BG f||",
        "SUBMIT_JOB_BG f?||",
        "OPTION_REQ options-in-name",
        "SUBMIT_JOB_BG f?delay=1ms||",
        "SUBMIT_JOB_BG f?ttl=2ms||",
        "SUBMIT_JOB_BG f??attempts=3|u|",
      ]);
      // The next connection is another server, perhaps.
      await assertRejects(() => client.submit("end", "").bytes(), ConnectionLostError);
      await assertRejects(() => submit("f", { delay: 1 }), ServerError, "(delay)");
      await submit("f?");
      assertEquals(requests.slice(-2), [
        "OPTION_REQ options-in-name",
        "SUBMIT_JOB_BG f?||",
      ]);
    });
  });

  test("and names with question marks wait for the answer", async () => {
    for (const [answer, name] of [[YES, "f?x?"], [NO, "f?x"]] as const) {
      await withAnswers([answer], async (client, requests) => {
        const asking = client.submit("f", "", { ...IN_BACKGROUND, ttl: 1 }).catch(() => {});
        await client.submit("f?x", "", IN_BACKGROUND);
        await asking;
        assertEquals(requests.filter((request) => request.includes("f?x")), [
          `SUBMIT_JOB_BG ${name}||`,
        ]);
      });
    }
  });
});
