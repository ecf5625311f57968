import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { startExample } from "./example.ts";

describe("examples/telemetry.ts", () => {
  test("prints the spans of its jobs, and how often each metric was measured", async () => {
    await using example = startExample("telemetry.ts", ["Gearman", ""]);
    const { code, stdout, stderr } = await example.ended;
    assertEquals(code, 0, stderr);
    assertEquals(stdout.trimEnd().split("\n"), [
      "process upper: 7 bytes, no error",
      "call upper: 7 bytes, no error",
      "process upper: 0 bytes, RangeError",
      "call upper: 0 bytes, JobExceptionError",
      "messaging.client.operation.duration: 2",
      "messaging.process.duration: 2",
      "messaging.client.sent.messages: 2",
      "messaging.client.consumed.messages: 2",
    ]);
  });
});
