import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { logLine } from "../../cli/serve/log_line.ts";
import { LOG_LEVELS } from "../../router/mod.ts";

/** In local time, whatever the time zone of the machine is. */
const TIME = new Date(2026, 0, 2, 3, 4, 5, 67);

describe("A log line", () => {
  test("is aligned as gearmand's, in local time with six digits of a second", () => {
    const line = logLine("text", "ERROR", "no such file", TIME);
    assertEquals(line, "  ERROR 2026-01-02 03:04:05.067000 [  main ] no such file");
  });

  test("begins with any level in seven columns or more", () => {
    for (const level of LOG_LEVELS) {
      assertMatch(logLine("text", level, "x", TIME), /^ *[A-Z]+ 2026-01-02 /);
      assertEquals(
        logLine("text", level, "x", TIME).indexOf("2026"),
        Math.max(7, level.length) + 1,
      );
    }
  });

  test("is one line, whatever a client calls itself", () => {
    const line = logLine("text", "INFO", "a\nFATAL b\r\x1b[2J\0\tc", TIME);
    for (const control of ["\n", "\r", "\x1b", "\0"]) assert(!line.includes(control), line);
    assertMatch(line, /a\\nFATAL b/);
  });

  test("in JSON is an object with time, level and message", () => {
    const line = logLine("json", "NOTICE", 'a "b"\nc', TIME);
    assert(!line.includes("\n"));
    assertEquals(JSON.parse(line), {
      time: TIME.toISOString(),
      level: "NOTICE",
      message: 'a "b"\nc',
    });
  });
});
