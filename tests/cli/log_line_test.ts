import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { logLine } from "../../cli/serve/log_line.ts";
import { LOG_LEVELS } from "../../router/mod.ts";

/** In local time, whatever the time zone of the machine is. */
const TIME = new Date(2026, 0, 2, 3, 4, 5, 67);

describe("A log line", () => {
  test("is aligned as gearmand's, in local time with six digits of a second", () => {
    const line = logLine("text", { level: "ERROR", message: "no such file" }, TIME);
    assertEquals(line, "  ERROR 2026-01-02 03:04:05.067000 [  main ] no such file");
  });

  test("begins with any level in seven columns or more", () => {
    for (const level of LOG_LEVELS) {
      assertMatch(logLine("text", { level, message: "x" }, TIME), /^ *[A-Z]+ 2026-01-02 /);
      assertEquals(
        logLine("text", { level, message: "x" }, TIME).indexOf("2026"),
        Math.max(7, level.length) + 1,
      );
    }
  });

  test("is one line, whatever a client calls itself", () => {
    const message = "a\nFATAL b\r\x1b[2J\0\tc\x7f\x9b\u2028\u202e";
    const fields = { event: "requestRefused", cause: message };
    for (const format of ["text", "json"] as const) {
      const line = logLine(format, { level: "INFO", message, fields }, TIME);
      // deno-lint-ignore no-control-regex
      assert(!/[\x00-\x1f\x7f-\x9f\u2028\u202e]/.test(line), line);
      assert(line.includes("a\\nFATAL b"), line);
    }
  });

  test("in JSON is an object with time, level, the words of the message, and the fields", () => {
    const fields = { event: "jobFailed", function: "größe\u2028", losses: 2, unique: undefined };
    const message = "Job failed: function=größe losses=2";
    const line = logLine("json", { level: "NOTICE", message, fields }, TIME);
    assertEquals(JSON.parse(line), {
      time: TIME.toISOString(),
      level: "NOTICE",
      message: "Job failed",
      event: "jobFailed",
      function: "größe\u2028",
      losses: 2,
    });
  });

  test("in JSON has time, level and message alone where it is about no event", () => {
    const line = logLine("json", { level: "NOTICE", message: "Stopping" }, TIME);
    assertEquals(Object.keys(JSON.parse(line)), ["time", "level", "message"]);
  });
});
