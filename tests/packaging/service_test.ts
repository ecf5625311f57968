import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../support/program.ts";
import { type Ended, program, run, testWith } from "../support/programs.ts";
import { textOf } from "./packaged.ts";

const UNIT = textOf("packaging/geartrain.service");
const PROGRAM = "/usr/local/bin/geartrain";
/** Ten times the figure from 0 to 10 that systemd gives for what a service could do. */
const MOST_EXPOSURE = 20;

const systemdAnalyze = program("systemd-analyze", "systemd");

/** Lets systemd look at a unit, with a program that there is. */
async function analyze(unit: string, ...args: string[]): Promise<Ended> {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
  try {
    const path = join(directory, "geartrain.service");
    writeFileSync(path, unit.replace(PROGRAM, process.execPath));
    return await run(systemdAnalyze.program, [...args, path]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The values of a setting, in order. */
function values(setting: string): string[] {
  return UNIT.split("\n").filter((line) => line.startsWith(`${setting}=`))
    .map((line) => line.slice(setting.length + 1));
}

describe("the systemd unit", () => {
  testWith([systemdAnalyze], "has nothing that systemd finds fault with", async () => {
    const args = ["verify", "--man=no", "--recursive-errors=no"];
    const own = ({ stderr }: Ended) =>
      stderr.split("\n").filter((line) => line.includes("geartrain"));
    const ended = await analyze(UNIT, ...args);
    assertEquals({ code: ended.code, own: own(ended) }, { code: 0, own: [] });
    const wrong = await analyze(UNIT.replace("ProtectHome=", "ProtectHose="), ...args);
    assertStringIncludes(own(wrong).join("\n"), "ProtectHose");
  });

  testWith([systemdAnalyze], "lets the server do little besides its work", async () => {
    const args = ["security", "--offline=yes", "--no-pager", `--threshold=${MOST_EXPOSURE}`];
    const { code, stdout } = await analyze(UNIT, ...args);
    assertEquals(code, 0, stdout);
    const open = await analyze(UNIT.replace(/^(Protect|Private|Restrict).*$/gm, ""), ...args);
    assertEquals(open.code, 1);
  });

  test("lets a compiler make code as it runs, which both runtimes need", () => {
    assertEquals(values("MemoryDenyWriteExecute"), []);
  });

  test("waits for the notice of a child process that the server listens", () => {
    assertEquals(values("Type"), ["notify"]);
    assertEquals(values("NotifyAccess"), ["all"]);
  });

  test("starts the program with options that it takes", async () => {
    const [command, ...others] = values("ExecStart");
    assertEquals(others, []);
    assertEquals(command, `${PROGRAM} serve $GEARTRAIN_OPTIONS`);
    const [, example] = /^# GEARTRAIN_OPTIONS="(.*)"$/m.exec(UNIT)!;
    const { status, stderr } = await runProgram(["serve", "--check-args", ...example.split(" ")]);
    assertEquals(status, 0, stderr.join("\n"));
    assert(example.startsWith("--"));
  });

  test("logs what is lost or refused unless its options say otherwise", async () => {
    const [, set] = /^"GEARTRAIN_OPTIONS=(.*)"$/.exec(values("Environment")[1])!;
    assertEquals(set, "--verbose WARNING");
    const { status, stderr } = await runProgram(["serve", "--check-args", ...set.split(" ")]);
    assertEquals(status, 0, stderr.join("\n"));
  });
});
