import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { startExample } from "./example.ts";

/** What each runtime prints of a test that passed, without colours. */
const PASSED = /^(?:\(pass\) )?(waitingJobs|cancelJob) .*(?: \.\.\. ok \(.*|\[.*\])$/gm;

describe("examples/with_test_server_test.ts", () => {
  test("passes", async () => {
    const { code, stdout, stderr } = await startExample("with_test_server_test.ts").ended;
    const passed = [...`${stdout}${stderr}`.matchAll(PASSED)].map(([, name]) => name);
    assertEquals(passed, ["waitingJobs", "cancelJob"]);
    assertEquals(code, 0);
  });
});
