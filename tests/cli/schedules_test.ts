import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { settingsOf } from "../../cli/options/arguments.ts";
import { readConfigFile } from "../../cli/serve/config_file.ts";
import { OptionError } from "../../options/kinds.ts";
import type { ScheduleRequest } from "../../mod.ts";
import { runProgram, startServe } from "../support/program.ts";
import { untilListed } from "../support/server.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-schedules-"));
after(() => fs.rmSync(directory, { recursive: true }));

function fileWith(name: string, text: string): string {
  const path = join(directory, name);
  fs.writeFileSync(path, text);
  return path;
}

const SCHEDULES = `
[[schedule]]
name = "nightly"
cron = "30 2 * * *"
timezone = "Europe/Berlin"
function = "report"
payload = "all"
catch-up = "all"
catch-up-most = 3

[[schedule]]
name = "poll"
every = "15m"
function = "poll"
overlap = "skip"
`;

describe("[[schedule]] in a configuration file", () => {
  test("is a schedule, with the keys that programs use", () => {
    const { given } = readConfigFile(fileWith("good.toml", SCHEDULES));
    const { schedules } = settingsOf<{ schedules: ScheduleRequest[] }>(given);
    assertEquals(schedules, [
      {
        name: "nightly",
        cron: "30 2 * * *",
        timezone: "Europe/Berlin",
        function: "report",
        payload: "all",
        catchUp: "all",
        catchUpMost: 3,
      },
      { name: "poll", every: 900, function: "poll", overlap: "skip" },
    ]);
  });

  const WRONG: [text: string, message: string][] = [
    ["schedule = 1", "schedule: must be tables [[schedule]]"],
    ["\n[[schedule]]\nname = 'a'\nzone = 'UTC'", "line 4: schedule: zone does not exist"],
    [`${SCHEDULES}\n[[schedule]]\nname = "S:1"`, "line 18: schedule: name must be a letter, then"],
    ["[[schedule]]\nname = 'a'\nfunction = 'f'", "line 1: schedule: Schedule a must have either"],
    ["[[schedule]]\n  every = '10ms'", "line 2: schedule: every must be a time from 1s to 366d"],
    ["[[schedule]]\novelap = 'x'\n[[schedule]]", "line 2: schedule: ovelap does not exist"],
    [
      "[[schedule]]\noverlap = 'x'",
      "line 2: schedule: overlap must be one of allow, skip, replace",
    ],
    ["[[schedule]]\ncatch-up-most = 0", "line 2: schedule: catch-up-most must be an integer from"],
    ["[[schedule]]\nname = 5", "line 2: schedule: name must be"],
  ];
  for (const [text, message] of WRONG) {
    test(`is refused with line and key: ${message}`, () => {
      const path = fileWith("wrong.toml", text);
      assertThrows(() => readConfigFile(path), OptionError, `${path}: ${message}`);
    });
  }

  test("is refused for a cron expression, a time zone and a second one of its name", async () => {
    const table = (more: string) => `[[schedule]]\nname = "a"\nfunction = "f"\n${more}\n`;
    const wrong: [text: string, why: string][] = [
      [table('cron = "61 * * * *"'), 'schedule a: "61 * * * *" is not a cron expression: '],
      [table('cron = "0 * * * *"\ntimezone = "Mars"'), 'schedule a: "Mars" is not a time zone'],
      [table("every = 5").repeat(2), "There are two schedules with the name a"],
    ];
    for (const [text, why] of wrong) {
      const path = fileWith("times.toml", text);
      const { status, stderr } = await runProgram(["serve", "--check-args", "--config-file", path]);
      assertEquals(status, 1);
      assertStringIncludes(stderr.join("\n"), why);
    }
  });
});

describe("the schedules of a program", () => {
  test("submit jobs, whether a file has them or the command line", async () => {
    const path = fileWith("live.toml", '[[schedule]]\nname = "a"\nevery = 1\nfunction = "f"');
    const b = '{"name":"b","every":"1s","function":"g"}';
    for (const [args, wanted] of [[["--config-file", path], "f"], [["--schedule", b], "g"]]) {
      await using program = startServe(args as string[]);
      await untilListed(await program.port(), "status", new RegExp(`^${wanted}\t[1-9]`));
    }
  });

  const noSignals = process.platform === "win32" && "Windows has no SIGHUP";
  test(
    ...unless(noSignals, "are read again at SIGHUP; if anything is wrong, the former ones hold"),
    async () => {
      const path = fileWith("hup.toml", "");
      await using program = startServe(["--verbose", "NOTICE", "--config-file", path]);
      const port = await program.port();
      fs.writeFileSync(path, '[[schedule]]\nname = "a"\nevery = 1\nfunction = "f"');
      program.kill("SIGHUP");
      await program.line(/schedules are read: 1/);
      await untilListed(port, "status", /^f\t[1-9]/);
      fs.writeFileSync(path, '[[schedule]]\nname = "a"\ncron = "x * * * *"\nfunction = "g"');
      program.kill("SIGHUP");
      await program.line(/schedule a: "x .*; the former policies and schedules hold/);
    },
  );
});

describe("geartrain admin", () => {
  test("lists schedules, and does with them what it is told", async () => {
    const path = fileWith("admin.toml", SCHEDULES);
    await using program = startServe(["--config-file", path]);
    const server = `127.0.0.1:${await program.port()}`;
    const admin = async (...words: string[]) => {
      const { status, stdout, stderr } = await runProgram(["admin", ...words, "-h", server]);
      return status === 0 ? stdout.trimEnd().split("\n") : [`${status}`, ...stderr];
    };
    const [head, nightly, poll] = await admin("schedules");
    assertMatch(
      head,
      /^SCHEDULE +NEXT RUN +LAST RUN +OUTCOME +FUNCTION +TIMES +TIME ZONE +MADE BY$/,
    );
    assertMatch(
      nightly,
      /^nightly +\d{4}-\d\d-\d\dT0[01]:30:00Z +- +- +report +30 2 \* \* \* +Eur/,
    );
    assertMatch(poll, /^poll +\S+:(00|15|30|45):00Z +- +- +poll +every 900s +UTC +configuration$/);
    assertMatch((await admin("schedule", "run", "nightly"))[0], /^H:/);
    assertEquals(await admin("schedule", "pause", "nightly"), ["OK"]);
    assertMatch((await admin("schedules"))[1], /^nightly +paused +\d\S+Z +live +report/);
    assertEquals(await admin("schedule", "resume", "nightly"), ["OK"]);
    const table = '{"name":"hourly","cron":"0 * * * *","function":"f"}';
    assertEquals(await admin("schedule", "set", table), ["OK"]);
    assertEquals(await admin("schedule", "drop", "hourly"), ["OK"]);
    assertMatch(
      (await admin("schedule", "drop", "poll")).join(),
      /^2,.*poll is a schedule of the con/,
    );
    assertMatch((await admin("schedule", "set", "{}")).join(), /^1,.*A schedule must have a name/);
    assertMatch(
      (await admin("schedule", "stop", "poll")).join(),
      /^1,.*schedule: takes run, pause/,
    );
  });
});
