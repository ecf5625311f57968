/**
 * Names, versions, errors and exceptions are chosen by others: whatever command shows them, none of
 * their characters does anything to a terminal.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { textForTerminal } from "../../cli/output.ts";
import { shown } from "../../cli/table.ts";
import { jsonText, plainText } from "../../router/log/text.ts";
import { freePort } from "../support/gearmand.ts";
import { type ProgramEnd, programWords, runProgram } from "../support/program.ts";
import type { RawPeer } from "../support/raw_peer.ts";
import { ScriptedServer } from "../support/scripted_server.ts";
import { testWith } from "../support/programs.ts";
import { startServer } from "../support/server.ts";
import { Terminal, tmux } from "../support/terminal.ts";

/** Escape sequences in both forms, line ends of Unicode, overrides and isolates of direction. */
const HOSTILE = "a\x1b]0;title\x07b\u009b31mc\u0085d\u2028e\u202ef\u2066g\x7fh";
/** The same for packets: a character for each byte. */
const SENT = byteString(HOSTILE);
// deno-lint-ignore no-control-regex
const UNSAFE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

const directory = mkdtempSync(join(tmpdir(), "geartrain-hostile-"));
after(() => rmSync(directory, { recursive: true }));

function byteString(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function assertHarmless({ stdout, stderr }: ProgramEnd, ...parts: RegExp[]): void {
  const all = `${stdout}${stderr.join("\n")}`;
  assert(!UNSAFE.test(all), JSON.stringify(all));
  for (const part of parts) assertMatch(all, part);
}

/** What a server says that answers each line so. */
async function saidBy(answer: string, ...args: string[]): Promise<ProgramEnd> {
  using server = await ScriptedServer.start((line) => {
    if (line === "version") return "OK 1\n";
    if (line === "prioritystatus") return `${HOSTILE}\t1\t0\t0\t0\n.\n`;
    return line.startsWith("list ") ? "ERR UNKNOWN_COMMAND Unknown+server+command\r\n" : answer;
  });
  return await runProgram([...args, "-p", server.portText]);
}

/** What became of `HOSTILE` in a message, in JSON and as a name. */
const IN_MESSAGE = /a\\x1b\]0;title\\x07b\\x9b31mc\\x85d\\u2028e\\u202ef\\u2066g\\x7fh/;
const IN_JSON = /a\\u001b\]0;title\\u0007b\\u009b31mc\\u0085d\\u2028e\\u202ef\\u2066g\\u007fh/;
const AS_NAME = /a%1B\]0;title%07b%C2%9B31mc%C2%85d%E2%80%A8e%E2%80%AEf%E2%81%A6g%7Fh/;

describe("What others have chosen", () => {
  test("is escaped in messages, JSON, names, and in what a terminal shows", () => {
    assertMatch(plainText(HOSTILE), IN_MESSAGE);
    assertMatch(shown(HOSTILE), AS_NAME);
    assertMatch(jsonText({ a: HOSTILE }), IN_JSON);
    assertEquals(JSON.parse(jsonText({ a: [HOSTILE] }, 2)), { a: [HOSTILE] });
    assertEquals(jsonText({ a: 1 }, 2), '{\n  "a": 1\n}');
    assertEquals(textForTerminal("a\tb\n\x1bc"), "a\tb\n\\x1bc");
  });

  for (const command of ["ping", "health"]) {
    test(`does nothing to a terminal in the answer to geartrain ${command}`, async () => {
      using server = await ScriptedServer.start(() => `OK ${HOSTILE}\n`);
      const end = await runProgram([command, "-p", server.portText]);
      assertHarmless(end, IN_MESSAGE);
      assertEquals(end.status, 0);
      assertHarmless(await saidBy(`ERR NOT_READY ${HOSTILE}\n`, command, "--ready"), IN_MESSAGE);
      assertHarmless(await saidBy(`${HOSTILE}\n`, command, "--ready"), /not a Gearman server/);
    });
  }

  test("does nothing to a terminal in the listings of geartrain admin", async () => {
    const listings: [word: string, answer: string][] = [
      ["status", `${HOSTILE}\t1\t0\t0\n.\n`],
      ["priority-status", `${HOSTILE}\t1\t0\t0\n.\n`],
      ["workers", `1 ::1 ${HOSTILE} : ${HOSTILE}\n.\n`],
      ["jobs", `${HOSTILE}\t${HOSTILE}\t-\t0\n.\n`],
      ["clients", `${HOSTILE}\n\t${HOSTILE}\t${HOSTILE}\t-\n.\n`],
      ["show-jobs", `${HOSTILE}\t0\t0\t1\n.\n`],
      ["show-unique-jobs", `${HOSTILE}\n.\n`],
    ];
    for (const [word, answer] of listings) {
      assertHarmless(await saidBy(answer, "admin", word), AS_NAME);
      assertHarmless(await saidBy(answer, "admin", word, "--json"), IN_JSON);
    }
  });

  test("does nothing to a terminal in other answers to geartrain admin, and refusals", async () => {
    for (const word of ["verbose", "getpid"]) {
      assertHarmless(await saidBy(`OK ${HOSTILE}\n`, "admin", word), IN_MESSAGE);
    }
    for (const order of [["cancel", "H:x:1"], ["drop", "f"], ["maxqueue", "f", "1"]]) {
      assertHarmless(await saidBy(`OK ${HOSTILE}\n`, "admin", ...order));
      assertHarmless(await saidBy(`ERR X ${HOSTILE}\n`, "admin", ...order), IN_MESSAGE);
    }
    assertHarmless(await saidBy(`ERR X ${HOSTILE}\n`, "admin", "status"), IN_MESSAGE);
  });

  test("does nothing to a terminal in geartrain why", async () => {
    assertHarmless(await saidBy(`x\t${HOSTILE}\t{}\n.\n`, "why", "f"), IN_MESSAGE);
    assertHarmless(await saidBy(`x\t${HOSTILE}\t{}\n.\n`, "why", "f", "--json"), IN_JSON);
    assertHarmless(await saidBy(`ERR X ${HOSTILE}\n`, "why", "f"), IN_MESSAGE);
    for (const line of ["x", "x\ty", "x\ty\tz", "x\ty\t1", "x\ty\tnull", "x\ty\t{}\tz"]) {
      const { status, stderr } = await saidBy(`${line}\n.\n`, "why", "f");
      assertEquals(status, 1);
      assertMatch(stderr[0], /not a Gearman server/);
    }
  });

  test("does nothing to a terminal in geartrain top", async () => {
    assertHarmless(await saidBy(`${HOSTILE}\t1\t0\t0\n.\n`, "top", "--once"), AS_NAME);
    assertHarmless(await saidBy(`ERR X ${HOSTILE}\n`, "top", "--once"), IN_MESSAGE);
  });

  test("does nothing to a terminal in what geartrain submit says", async () => {
    await using server = startServer();
    using worker = await server.peer();
    worker.packet("CAN_DO", "f");
    const port = ["-p", `${server.port}`];
    for (const format of [[], ["--json"]]) {
      const submitted = runProgram(["submit", ...port, ...format, "f", "x"]);
      const handle = await nextJob(worker);
      worker.packet("WORK_EXCEPTION", handle, SENT).packet("WORK_FAIL", handle);
      assertHarmless(await submitted, format.length === 0 ? IN_MESSAGE : IN_JSON);
    }
    const args = ["submit", ...port, "--json", "f", "x"];
    const submitted = runProgram(args);
    worker.packet("WORK_COMPLETE", await nextJob(worker), SENT);
    assertHarmless(await submitted, IN_JSON);
  });

  testWith([tmux], "does nothing to a terminal in a warning that submit shows there", async () => {
    await using server = startServer();
    using worker = await server.peer();
    worker.packet("CAN_DO", "f");
    const words = ["submit", "-p", `${server.port}`, "f", "x"];
    using terminal = new Terminal([...programWords(), ...words]);
    const handle = await nextJob(worker);
    worker.packet("WORK_WARNING", handle, "one\ttwo\n\x1b[2Jthree\n");
    worker.packet("WORK_COMPLETE", handle, "result");
    const lines = (await terminal.until(/ended with 0/)).join("\n");
    assertMatch(lines, /^before\n/);
    assertMatch(lines, /one {5}two\n\\x1b\[2Jthree\n/);
  });

  test("does nothing to a terminal in what geartrain work says", async () => {
    await using server = startServer();
    using client = await server.peer();
    client.packet("SUBMIT_JOB_BG", SENT, "", "");
    const args = ["work", "-p", `${server.port}`, "-c", "1", HOSTILE, "--", "sh", "-c", "exit 3"];
    assertHarmless(await runProgram(args), IN_MESSAGE);
  });

  test("does nothing to a terminal in errors about options, files and servers", async () => {
    const port = `${await freePort()}`;
    const config = join(directory, "config");
    writeFileSync(config, `${HOSTILE} = 1\n`);
    const wrong = [
      ["serve", "--check-args", "--config-file", config],
      ["serve", "--check-args", "-l", `/no/such/${HOSTILE}`],
      [HOSTILE],
      ["admin", HOSTILE],
      ["submit", "-p", port, HOSTILE, "x"],
      ["work", HOSTILE, "--", HOSTILE],
      ["ping", "-h", HOSTILE, "--timeout", "0.1"],
      ["bench", "-p", port, "-f", HOSTILE],
      ["store", "check", `/no/such/${HOSTILE}`],
      ["import", `/no/such/${HOSTILE}`, `sqlite:${join(directory, "x.db")}`],
      ["help", HOSTILE],
    ];
    for (const args of wrong) {
      const end = await runProgram(args);
      assertEquals(end.status, 1, args[0]);
      assertHarmless(end);
      assertStringIncludes(end.stderr.join(), "geartrain: ");
    }
  });
});

/** The handle of the next job that the worker gets. */
async function nextJob(worker: RawPeer): Promise<string> {
  for (;;) {
    const packet = await worker.packet("GRAB_JOB").nextPacket();
    if (packet.type === "JOB_ASSIGN") return packet.args(3)[0];
    await worker.packet("PRE_SLEEP").expect("NOOP");
  }
}
