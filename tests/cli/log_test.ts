import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { openLog } from "../../cli/serve/log.ts";
import { OptionError } from "../../options/kinds.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-log-"));
after(() => fs.rmSync(directory, { recursive: true }));

describe("The program's log", () => {
  test("has the lines of its level and above, and announcements at any", async () => {
    const file = join(directory, "levels.log");
    const log = openLog({ file, format: "text", level: "ERROR", syslog: false });
    assertEquals(["FATAL", "ERROR", "WARNING"].map((level) => log.enabled(level as "FATAL")), [
      true,
      true,
      false,
    ]);
    log.write("WARNING", "not this");
    log.write("ERROR", "this");
    log.announce("and this");
    // Whoever is told next that the server listens finds it there already.
    assertMatch(fs.readFileSync(file, "utf8"), /and this\n$/);
    await log.close();
    const lines = fs.readFileSync(file, "utf8").split("\n");
    assertEquals(lines.length, 3);
    assertMatch(lines[0], /^ {2}ERROR .* this$/);
    assertMatch(lines[1], /^ NOTICE .* and this$/);
  });

  test("appends to a file that is there", async () => {
    const file = join(directory, "append.log");
    fs.writeFileSync(file, "older\n");
    const log = openLog({ file, format: "text", level: "INFO", syslog: false });
    log.write("INFO", "newer");
    await log.close();
    assertMatch(fs.readFileSync(file, "utf8"), /^older\n.* newer\n$/);
  });

  test("goes on in the old file when the new one cannot be opened", async () => {
    const place = join(directory, "moving");
    fs.mkdirSync(place);
    const log = openLog({
      file: join(place, "gear.log"),
      format: "text",
      level: "INFO",
      syslog: false,
    });
    fs.renameSync(place, `${place}.old`);
    log.reopen();
    log.write("INFO", "still here");
    await log.close();
    const text = fs.readFileSync(join(`${place}.old`, "gear.log"), "utf8");
    assertMatch(text, /still here/);
    assertMatch(text, /ERROR .*no such file/);
  });

  test("in a place that does not exist is refused before anything starts", () => {
    const file = join(directory, "no", "such", "gear.log");
    const { message } = assertThrows(
      () => openLog({ file, format: "text", level: "INFO", syslog: false }),
      OptionError,
    );
    assert(message.includes(file));
  });
});
