import { describe, test } from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram, startServe } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";

describe("geartrain result", () => {
  test("prints the result of a background job, and says why there is none", async () => {
    await using server = startServe(["--policy", '*={"keep-result":"1h"}']);
    const port = await server.port();
    using client = await RawPeer.connect(port);
    using worker = await RawPeer.connect(port);
    const [handle] = await client.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
    const result = (handle: string) => runProgram(["result", handle, "-p", `${port}`]);
    const early = await result(handle);
    assertEquals([early.status, early.stdout], [2, ""]);
    assertStringIncludes(early.stderr[0], "the job has not ended");
    worker.packet("CAN_DO", "f").packet("GRAB_JOB");
    await worker.expect("JOB_ASSIGN", 3);
    await worker.packet("WORK_COMPLETE", handle, "two\nlines").packet("ECHO_REQ", "")
      .expect("ECHO_RES");
    const told = await result(handle);
    assertEquals([told.status, told.stdout, told.stderr], [0, "two\nlines", []]);
    const unknown = await result("H:none:1");
    assertEquals([unknown.status, unknown.stdout], [2, ""]);
    assertStringIncludes(unknown.stderr[0], "no result of such a job is kept");
  });

  test("takes one handle", async () => {
    for (const args of [[], ["a", "b"]]) {
      const { status, stderr } = await runProgram(["result", ...args]);
      assertEquals(status, 1);
      assertStringIncludes(stderr[0], "give one handle");
    }
  });
});
