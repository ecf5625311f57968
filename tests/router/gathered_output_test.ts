import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

describe("output may wait for more of it", () => {
  test("for a client with at least eight jobs under way", () => {
    const { peer } = testRouter();
    const client = peer();
    const handles = [1, 2, 3, 4, 5, 6, 7].map(() => client.submit("SUBMIT_JOB", "f", "", ""));
    assertEquals(client.connection.mayWait, false);
    client.submit("SUBMIT_JOB", "f", "", "");
    assertEquals([handles.length, client.connection.mayWait], [7, true]);
    const worker = peer().canDo("f");
    worker.grab();
    worker.send("WORK_COMPLETE", handles[0], "");
    assertEquals(client.connection.mayWait, false);
  });

  test("not for a client whose jobs are in the background: it waits for their JOB_CREATED", () => {
    const { peer } = testRouter();
    const client = peer();
    for (let jobs = 0; jobs < 20; jobs++) client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(client.connection.mayWait, false);
  });

  test("not for a worker, which has nothing to do until then", () => {
    const { peer } = testRouter();
    const both = peer().canDo("g");
    for (let jobs = 0; jobs < 20; jobs++) both.submit("SUBMIT_JOB", "f", "", "");
    assertEquals(both.connection.mayWait, false);
  });
});
