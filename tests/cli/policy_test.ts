import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readConfigFile } from "../../cli/serve/config_file.ts";
import { lineOf } from "../../cli/serve/toml_lines.ts";
import { OptionError } from "../../options/kinds.ts";
import { settingsOf } from "../../cli/options/arguments.ts";
import { type Program, runProgram, startServe } from "../support/program.ts";
import { type RawPacket, RawPeer } from "../support/raw_peer.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-policy-"));
after(() => fs.rmSync(directory, { recursive: true }));

function fileWith(name: string, text: string): string {
  const path = join(directory, name);
  fs.writeFileSync(path, text);
  return path;
}

const RULES = `
[policy."mail-*"]
retry = { max = 2, base = "10s" }

[policy.'report']
retry = "sidekiq"

[policy."*"]
# Everything else.
  retry.backoff = [ "1s", 10 ]
`;

describe("rules in a configuration file", () => {
  test("are tables by pattern, in the order of the file", () => {
    const { given } = readConfigFile(fileWith("rules.toml", RULES));
    const { policies } = settingsOf<{ policies: Record<string, unknown> }>(given);
    assertEquals(Object.entries(policies), [
      ["mail-*", { retry: { max: 2, base: "10s" } }],
      ["report", { retry: "sidekiq" }],
      ["*", { retry: { backoff: ["1s", 10] } }],
    ]);
  });

  const WRONG: [text: string, message: string][] = [
    ["policy = 1", "policy: must be tables such as"],
    ["port = 1\n[policy]\na = 1", 'line 3: policy."a": must be a table'],
    ['\n[policy."a"]\nretri = 1', 'line 3: policy."a": retri does not exist'],
    ['[policy."a"]\n[policy."b"]\nretry = { max = -1 }', 'line 3: policy."b": retry.max must be'],
    ['[policy."a.b".retry]\n\nmax = -1', 'line 3: policy."a.b": retry.max must be'],
    ['policy."a".retry.max = -1', 'line 1: policy."a": retry.max must be'],
    ['[policy]\n"a" = { retry = 0.5 }', 'line 2: policy."a": retry.max must be'],
    ['[policy."a"]\nretry = 1979-05-27', 'line 2: policy."a": retry must be'],
  ];
  for (const [text, message] of WRONG) {
    test(`are refused with line and key: ${JSON.stringify(text)}`, () => {
      const path = fileWith("wrong.toml", text);
      assertThrows(() => readConfigFile(path), OptionError, `${path}: ${message}`);
    });
  }

  test("are found on their lines, whatever stands around them", () => {
    const text = 'a = 1\n# b = 2\n[x]\nb = "[y]"\n[[z]]\nb = 3\n"q\\"r" . s = 1';
    const lines = [["a"], ["x"], ["x", "b"], ["z", "b"], ["z", 'q"r', "s"], ["x", "c"], ["y"]]
      .map((path) => lineOf(text, path));
    assertEquals(lines, [1, 3, 4, 6, 7, 3, null]);
  });

  test("are refused at the start, by --check-args, and on the command line", async () => {
    const path = fileWith("refused.toml", '[policy."a"]\nretry = "never"');
    for (const args of [["--config-file", path], ["--check-args", "--config-file", path]]) {
      const { status, stderr } = await runProgram(["serve", ...args]);
      assertEquals(status, 1);
      assertStringIncludes(
        stderr.join("\n"),
        `${path}: line 2: policy."a": retry must be a table such as`,
      );
    }
    const texts: [given: string, message: string][] = [
      ["a", "must be a rule such as"],
      ["a={1}", "must be a table in JSON"],
      ['a={"retry":-1}', '"a": retry.max must be an integer'],
    ];
    for (const [given, message] of texts) {
      const { status, stderr } = await runProgram(["serve", "--check-args", "--policy", given]);
      assertEquals(status, 1);
      assertStringIncludes(stderr.join("\n"), message);
    }
  });
});

/** Lets a job of `f` fail at a server: what does its client get first, before the answer to an echo? */
async function afterFailure(program: Program): Promise<string> {
  using peer = await RawPeer.connect(await program.port());
  peer.packet("CAN_DO", "f").packet("SUBMIT_JOB", "f", "", "");
  const [handle] = await peer.expect("JOB_CREATED");
  peer.packet("GRAB_JOB");
  await peer.expect("JOB_ASSIGN", 3);
  peer.packet("WORK_FAIL", handle).packet("ECHO_REQ", "end");
  return (await peer.next() as RawPacket).type;
}

describe("rules of a server that runs", () => {
  const noSignals = process.platform === "win32" && "Windows has no SIGHUP";
  test(
    ...unless(noSignals, "are read again at SIGHUP; if anything is wrong, the former ones hold"),
    async () => {
      const path = fileWith("live.toml", "");
      await using program = startServe(["--verbose", "NOTICE", "--config-file", path]);
      assertEquals(await afterFailure(program), "WORK_FAIL");
      fs.writeFileSync(path, RULES);
      program.kill("SIGHUP");
      await program.line(/policies are read: 3/);
      assertEquals(await afterFailure(program), "ECHO_RES");
      fs.writeFileSync(path, '[policy."*"]\n[policy."f"]\nretry = -1');
      program.kill("SIGHUP");
      await program.line(
        /line 3: policy\."f": retry\.max must be .*; the former policies and schedules hold/,
      );
      assertEquals(await afterFailure(program), "ECHO_RES");
    },
  );

  test("may be given on the command line", async () => {
    await using program = startServe(["--policy", 'f={"retry":1}', "--policy", '*={"retry":0}']);
    assertEquals(await afterFailure(program), "ECHO_RES");
  });
});

describe("geartrain policy show", () => {
  test("tells which rule holds, where it is, what it comes to, and which come later", async () => {
    const path = fileWith("shown.toml", RULES);
    const { status, stdout } = await runProgram(["policy", "show", "mail-a", "--config", path]);
    assertEquals(status, 0);
    const [first, ...others] = stdout.trim().split("\n");
    assertEquals(first, `"mail-a" has the rule [policy."mail-*"] on line 2 of ${path}.`);
    const [retry] = others.filter((line) => line.startsWith("retry "));
    assertStringIncludes(retry, "up to 2 further runs after fail, exception, timeout, lost");
    assertStringIncludes(retry, "after 8 to 10, 16 to 20 seconds");
    assertEquals(others.at(-1), '[policy."*"] on line 8 fits as well, but comes later.');
  });

  test("is shown in docs/policies.md as it is", async () => {
    const doc = fs.readFileSync(new URL("../../docs/policies.md", import.meta.url), "utf8");
    const [, file] = /```toml\n([^]*?)```/.exec(doc)!;
    const [, shown] = /\$ geartrain policy show mail-welcome .*\n([^]*?)```/.exec(doc)!;
    const path = fileWith("geartrain.toml", file);
    const { stdout } = await runProgram(["policy", "show", "mail-welcome", "--config", path]);
    assertEquals(stdout.replaceAll(path, "geartrain.toml"), shown);
  });

  test("tells it in JSON", async () => {
    const path = fileWith("json.toml", RULES);
    const args = ["policy", "show", "report", "--json", "--config-file", path];
    const { status, stdout } = await runProgram(args);
    assertEquals(status, 0);
    assertEquals(JSON.parse(stdout), {
      function: "report",
      file: path,
      pattern: "report",
      line: 5,
      rule: { retry: "sidekiq" },
      later: [{ pattern: "*", line: 8 }],
    });
  });

  test("has status 2 if there is none, and 1 if it cannot tell", async () => {
    const path = fileWith("one.toml", '[policy."a"]');
    const none = await runProgram(["policy", "show", "b", "--config", path]);
    assertEquals([none.status, none.stdout], [
      2,
      `No rule in ${path} is for "b": its jobs are as in gearmand.\n`,
    ]);
    const texts: [args: string[], message: string][] = [
      [["show", "a"], "name a file with --config"],
      [["show", "--config", path], "policy show: name one function"],
      [["tell", "a"], "unknown word"],
      [["show", "a", "--config", join(directory, "none")], "cannot read the configuration file"],
    ];
    for (const [args, message] of texts) {
      const { status, stderr } = await runProgram(["policy", ...args]);
      assertEquals(status, 1);
      assertStringIncludes(stderr.join("\n"), message);
    }
  });
});
