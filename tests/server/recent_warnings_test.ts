import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { SILENT_LOG } from "../../router/mod.ts";
import { RecentWarnings } from "../../server/log.ts";
import { ManualClock } from "../../testing/mod.ts";
import { memoryLog } from "../support/memory_log.ts";

describe("the last warnings of a log", () => {
  test("are kept with their time and without control characters, newest first", () => {
    const clock = new ManualClock();
    const log = new RecentWarnings(SILENT_LOG, clock);
    const began = clock.epoch();
    log.write("NOTICE", "started");
    log.write("WARNING", "one\x1b[31m\nred");
    clock.advance(1000);
    log.write("ERROR", "two");
    assertEquals(log.last, [
      { at: began + 1000, level: "error", text: "two" },
      { at: began, level: "warn", text: "one\\x1b[31m\\nred" },
    ]);
    for (let count = 0; count < 100; count++) log.write("ALERT", `${count}`);
    assertEquals(
      log.last.map(({ text }) => text),
      Array.from({ length: 50 }, (_, n) => `${99 - n}`),
    );
  });

  test("are kept though the log under it does not want them, which gets what it wants", () => {
    const under = memoryLog("ERROR");
    const log = new RecentWarnings(under, new ManualClock());
    assertEquals([log.enabled("WARNING"), log.enabled("NOTICE"), log.level], [
      true,
      false,
      "ERROR",
    ]);
    log.write("WARNING", "w");
    log.write("ERROR", "e");
    assertEquals(log.last.map(({ text }) => text), ["e", "w"]);
    assertEquals(under.texts, ["ERROR e"]);
  });
});
