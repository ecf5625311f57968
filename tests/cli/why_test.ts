import { describe, test } from "node:test";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Admin, UnsupportedError } from "../../mod.ts";
import { Gearmand } from "../support/gearmand.ts";
import { runProgram, startServe } from "../support/program.ts";
import { program, testWith } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";

describe("geartrain why", () => {
  test("tells why jobs wait and how one has ended, in sentences and as JSON", async () => {
    await using server = startServe(["--history"]);
    const port = await server.port();
    const client = await RawPeer.connect(port), worker = await RawPeer.connect(port);
    const [handle] = await client.packet("SUBMIT_JOB_BG", "make toast", "", "")
      .expect("JOB_CREATED");
    const why = async (...args: string[]) => {
      const { status, stdout } = await runProgram(["why", ...args, "-p", `${port}`]);
      assertEquals(status, 0);
      return stdout;
    };
    assertMatch(
      await why("make toast"),
      /^1 job waits, and no connected worker can do "make toast", for \d+ m?s now\.\n$/,
    );
    worker.packet("CAN_DO", "make toast").packet("GRAB_JOB");
    await worker.expect("JOB_ASSIGN", 3);
    await worker.packet("WORK_EXCEPTION", handle, "no bread\x1b[2J").packet("ECHO_REQ", "")
      .expect("ECHO_RES");
    assertMatch(
      await why(handle),
      /^It ended with an exception, at \d\d:\d\d:\d\d UTC, .*: no bread\\x1b\[2J\.\n$/,
    );
    const [{ code, numbers }] = JSON.parse(await why(handle, "--json"));
    assertEquals([code, numbers.outcome, numbers.text], ["ended", "exception", "no bread\x1b[2J"]);
    await using admin = new Admin(`127.0.0.1:${port}`);
    assertEquals((await admin.why(handle))[0].numbers.text, "no bread\x1b[2J");
    for (const peer of [client, worker]) peer.destroy();
  });

  test("takes one function or handle", async () => {
    for (const args of [[], ["a", "b"], [""]]) {
      await using server = startServe();
      const { status, stderr } = await runProgram(["why", ...args, "-p", `${await server.port()}`]);
      assertEquals(status, 1);
      assertStringIncludes(stderr[0], "function or handle");
    }
  });

  const gearmand = program("gearmand", "gearman-job-server");
  testWith([gearmand], "says that gearmand does not tell, with status 2", async () => {
    await using server = await Gearmand.start(gearmand.program);
    const { status, stderr } = await runProgram(["why", "f", "-p", `${server.port}`]);
    assertEquals(status, 2);
    assert(stderr[0].endsWith("this server does not tell why: geartrain alone does"), stderr[0]);
    await using admin = new Admin(`127.0.0.1:${server.port}`);
    await assertRejects(() => admin.why("f"), UnsupportedError);
  });
});
