import { describe } from "node:test";
import { assertEquals } from "@std/assert";
import type { PolicyRule } from "../../mod.ts";
import { perlGearman, phpGearman, RunningProgram } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { interopTest, type JobServer, scriptPath, untilCanDo } from "./job_server.ts";

const perl = perlGearman();
const php = phpGearman();

/** A server with a rule for all functions. */
function withRule(rule: PolicyRule) {
  return { options: { policies: { "*": rule } }, notGearmand: "It has no policies." };
}

/** Further runs come at once, nearly. */
const soon = { base: "20ms", jitter: 0 } as const;

function perlWorker(server: JobServer, name: string, ...args: string[]): RunningProgram {
  const words = [scriptPath(`perl/${name}`), `127.0.0.1:${server.port}`, ...args];
  return new RunningProgram(perl.program, words, null);
}

function phpWorker(server: JobServer): RunningProgram {
  return new RunningProgram(php.program, [scriptPath("php/worker.php"), `${server.port}`], null);
}

/** What a client hears of a job after JOB_CREATED: the type and what is behind the handle. */
async function heard(server: JobServer, func: string, payload = "data"): Promise<string[]> {
  using client = await RawPeer.connect(server.port);
  await client.packet("OPTION_REQ", "exceptions").expect("OPTION_RES");
  const [handle] = await client.packet("SUBMIT_JOB", func, "", payload).expect("JOB_CREATED");
  const { type, body } = await client.nextPacket();
  client.packet("ECHO_REQ", "no more");
  assertEquals((await client.nextPacket()).type, "ECHO_RES");
  return [type, body.replace(handle, "").replace("\0", "")];
}

describe("with a rule for retry,", () => {
  interopTest([perl], "a job that Perl's worker fails twice has its result", async (server) => {
    await using _worker = perlWorker(server, "worker.pl");
    assertEquals(await heard(server, "flaky"), ["WORK_COMPLETE", "attempt 3"]);
  }, withRule({ retry: soon }));

  interopTest([perl], "one that dies in Perl's worker each time fails once", async (server) => {
    await using _worker = perlWorker(server, "worker.pl");
    const [type, text] = await heard(server, "die");
    // Perl packs what it says.
    assertEquals([type, text.endsWith("out of paper\n")], ["WORK_EXCEPTION", true]);
    await server.untilListed("status", /^die\t0\t0\t1$/);
  }, withRule({ retry: { ...soon, max: 2 } }));

  interopTest([php], "one that throws in a PHP worker each time ends once", async (server) => {
    await using worker = phpWorker(server);
    assertEquals(await heard(server, "except"), ["WORK_EXCEPTION", "no more data"]);
    for (let run = 0; run < 3; run++) assertEquals(await worker.nextLine(), "worked: 0");
  }, withRule({ retry: { ...soon, max: 2 } }));

  interopTest([php], "one whose PHP worker is killed is done by the next one", async (server) => {
    await using killed = phpWorker(server);
    await untilCanDo(server.port, "status");
    using client = await RawPeer.connect(server.port);
    const [handle] = await client.packet("SUBMIT_JOB", "status", "", "").expect("JOB_CREATED");
    assertEquals(await killed.nextLine(), "status sent");
    assertEquals(await client.expect("WORK_STATUS", 3), [handle, "3", "4"]);
    killed.kill("SIGKILL");
    await using next = phpWorker(server);
    assertEquals(await next.nextLine(), "status sent");
    await client.expect("WORK_STATUS", 3);
    next.write("\n");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "done"]);
  }, withRule({ retry: soon }));
});

describe("with a rule for it,", () => {
  interopTest([perl], "a lease takes the job of a Perl worker that hangs", async (server) => {
    await using stuck = perlWorker(server, "stuck.pl", "60");
    using client = await RawPeer.connect(server.port);
    const [handle] = await client.packet("SUBMIT_JOB", "stuck", "", "").expect("JOB_CREATED");
    assertEquals(await stuck.nextLine(), "stuck");
    using other = await RawPeer.connect(server.port);
    other.packet("CAN_DO", "stuck").packet("PRE_SLEEP");
    await other.expect("NOOP");
    assertEquals((await other.packet("GRAB_JOB").expect("JOB_ASSIGN", 3))[0], handle);
    other.packet("WORK_COMPLETE", handle, "done");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "done"]);
    // It is still there.
    await server.untilListed("status", /^stuck\t0\t0\t2$/);
  }, withRule({ lease: "300ms" }));

  interopTest([perl], "run-timeout ends the run of a Perl worker that hangs", async (server) => {
    await using stuck = perlWorker(server, "stuck.pl", "60");
    assertEquals(await heard(server, "stuck"), ["WORK_FAIL", ""]);
    assertEquals(await stuck.nextLine(), "stuck");
  }, withRule({ runTimeout: "100ms", retry: 0 }));

  interopTest([php], "ttl ends a job that no PHP worker has taken", async (server) => {
    assertEquals(await heard(server, "reverse"), ["WORK_FAIL", ""]);
    await using _worker = phpWorker(server);
    await untilCanDo(server.port, "reverse");
    assertEquals(await heard(server, "reverse"), ["WORK_COMPLETE", "atad"]);
  }, withRule({ ttl: "2s" }));

  interopTest([php], "a PHP worker says when its job is to run again", async (server) => {
    await using _worker = phpWorker(server);
    const payload = "retry-after=50ms";
    assertEquals(await heard(server, "advise", payload), ["WORK_COMPLETE", "call 2"]);
  }, withRule({ advice: true }));

  interopTest(
    [php],
    "a job that throws in a PHP worker each time is dead, and kicked",
    async (server) => {
      await using _worker = phpWorker(server);
      using client = await RawPeer.connect(server.port);
      const [handle] = await client.packet("SUBMIT_JOB_BG", "except", "", "data").expect(
        "JOB_CREATED",
      );
      const died = (failures: number) =>
        server.untilListed(
          "show dead except",
          new RegExp(`^${handle}\texcept\t\t\\d+\t0\t${failures}\t4\texception\t.*no.more.data$`),
        );
      await died(2);
      assertEquals(await client.send("kick except\n").nextLine(), "OK 1");
      await died(2);
      assertEquals(await client.send("drop dead except\n").nextLine(), "OK 1");
      await server.untilListed("status", /^except\t0\t0\t1$/);
    },
    withRule({ retry: { ...soon, max: 1 }, dead: true }),
  );

  interopTest([php], "a PHP worker gets the dead jobs, and ends them", async (server) => {
    await using worker = phpWorker(server);
    using client = await RawPeer.connect(server.port);
    client.packet("SUBMIT_JOB_BG", "except", "", "data");
    const [handle] = await client.expect("JOB_CREATED");
    assertEquals(await worker.nextLine(), "worked: 0");
    assertEquals(await worker.nextLine(), `except.dead ${handle} data`);
    await server.untilListed("status", /^except\.dead\t0\t0\t1$/);
    assertEquals(await client.send("show dead\n").nextLine(), ".");
  }, withRule({ dead: true, deadFunction: true }));

  interopTest([php], "the result of a PHP worker is kept for whoever asks", async (server) => {
    await using _worker = phpWorker(server);
    using client = await RawPeer.connect(server.port);
    const [handle] = await client.packet("SUBMIT_JOB_BG", "report", "", "").expect("JOB_CREATED");
    await server.untilListed("status", /^report\t0\t0\t1$/);
    client.packet("GET_STATUS", handle);
    assertEquals(await client.expect("STATUS_RES", 5), [handle, "1", "0", "2", "2"]);
    await server.untilListed(`result ${handle}`, /^report\t\d+\t\d+\t5\td2hvbGU=$/);
  }, withRule({ keepResult: "1h" }));

  interopTest([php], "a PHP worker says that its job is not to run again", async (server) => {
    await using _worker = phpWorker(server);
    assertEquals(await heard(server, "advise", "no-retry"), ["WORK_FAIL", ""]);
  }, withRule({ advice: true, retry: soon }));
});

describe("with a rule for dedupe,", () => {
  interopTest(
    [php],
    "a PHP worker gets the last payload, and nothing in the window",
    async (server) => {
      using client = await RawPeer.connect(server.port);
      using other = await RawPeer.connect(server.port);
      const [handle] = await client.packet("SUBMIT_JOB", "reverse", "u", "one").expect(
        "JOB_CREATED",
      );
      assertEquals(await other.packet("SUBMIT_JOB", "reverse", "u", "two").expect("JOB_CREATED"), [
        handle,
      ]);
      await using _worker = phpWorker(server);
      for (const who of [client, other]) {
        const { type, body } = await who.nextPacket();
        assertEquals([type, body], ["WORK_COMPLETE", `${handle}\0owt`]);
      }
      await client.packet("SUBMIT_JOB_BG", "reverse", "u", "three").expect("JOB_CREATED");
      await server.untilListed("status", /^reverse\t1\t0\t1$/);
    },
    withRule({ dedupe: { mode: "replace", window: "1h" } }),
  );
});

describe("with a key of limits,", () => {
  interopTest([php], "PHP workers have jobs of other keys meanwhile", async (server) => {
    await using first = phpWorker(server);
    await untilCanDo(server.port, "status");
    using client = await RawPeer.connect(server.port);
    const submit = async (unique: string) =>
      (await client.packet("SUBMIT_JOB_BG", "status", unique, "").expect("JOB_CREATED"))[0];
    await submit("a:1");
    assertEquals(await first.nextLine(), "status sent");
    await submit("a:2");
    await submit("b:1");
    await using second = phpWorker(server);
    assertEquals(await second.nextLine(), "status sent");
    await server.untilListed("status", /^status\t3\t2\t2$/);
    second.write("\n");
    assertEquals(await second.nextLine(), "worked: 0");
    await server.untilListed("status", /^status\t2\t1\t2$/);
    first.write("\n");
    assertEquals(await first.nextLine(), "worked: 0");
    await server.untilListed("status", /^status\t1\t1\t2$/);
  }, withRule({ key: "unique:prefix", maxRunning: 1 }));
});
