import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startServe } from "../support/program.ts";
import { program, run, testWith } from "../support/programs.ts";
import { textOf } from "./packaged.ts";

/** How long the server may take to open its log, and how long to wait between two looks, in ms. */
const DEADLINE = 10_000;
const RETRY = 5;

const RULES = textOf("packaging/geartrain.logrotate");
const logrotate = program("logrotate", "logrotate");

/** Stands in for systemd: the signal for the service goes to the process that runs in the test. */
function systemctlFor(pid: number): string {
  return `#!/bin/sh\n[ "$*" = "kill --kill-who=main --signal=HUP geartrain.service" ] && kill -HUP ${pid}\n`;
}

/** The text of a file as soon as there is any; the file may be missing at first. */
async function untilWritten(path: string): Promise<string> {
  for (const until = Date.now() + DEADLINE; Date.now() < until;) {
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (text !== "") return text;
    await pause(RETRY);
  }
  throw new Error(`Nothing is written to ${path}`);
}

testWith(
  [logrotate],
  "logrotate moves the log away and the server goes on in a new one",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
    try {
      const file = (name: string) => join(directory, name);
      await using server = startServe(["--log-file", file("geartrain.log")]);
      assertMatch(await untilWritten(file("geartrain.log")), /listening on/);
      writeFileSync(file("rules"), RULES.replaceAll("/var/log/geartrain", directory));
      chmodSync(file("rules"), 0o644);
      writeFileSync(file("systemctl"), systemctlFor(server.pid));
      chmodSync(file("systemctl"), 0o755);

      const path = `PATH=${directory}${delimiter}${process.env.PATH}`;
      const args = [logrotate.program, "--force", "--state", file("state"), file("rules")];
      const { code, stderr } = await run("/usr/bin/env", [path, ...args]);
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertMatch(readFileSync(file("geartrain.log.1"), "utf8"), /listening on/);

      const reopened = await untilWritten(file("geartrain.log"));
      assertStringIncludes(reopened, "SIGHUP, reopening log file");
      assert(!reopened.includes("listening on"));
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
