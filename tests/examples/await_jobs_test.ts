import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { RawPeer } from "../support/raw_peer.ts";
import { portOf, startExample } from "./example.ts";

describe("examples/await_jobs.ts", () => {
  test("prints the progress and the results of its jobs, and ends", async () => {
    await using example = startExample("await_jobs.ts", ["0", "abc", "x"]);
    using worker = await RawPeer.connect(await portOf(example));
    worker.packet("CAN_DO", "reverse");
    const take = () => worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    const [first, , word] = await take();
    assertEquals(word, "abc");
    worker.packet("WORK_STATUS", first, "1", "2").packet("WORK_COMPLETE", first, "cba\n");
    assertEquals([await example.nextLine(), await example.nextLine()], ["abc: 1/2", "abc: cba"]);
    const [second] = await take();
    worker.packet("WORK_FAIL", second);
    assertEquals(await example.nextLine(), "x: The job failed");
    assertEquals((await example.ended).code, 0);
  });

  test("gives its jobs up at SIGINT", async () => {
    await using example = startExample("await_jobs.ts", ["0", "abc"]);
    await portOf(example);
    example.kill("SIGINT");
    assertEquals(await example.nextLine(), "abc: given up");
    assertEquals((await example.ended).code, 0);
  });
});
