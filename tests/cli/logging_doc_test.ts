/**
 * docs/logging.md lists every event with its level, words and fields: as they are in the table of the
 * router, and as a run has them.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { logLine } from "../../cli/serve/log_line.ts";
import { readRule } from "../../policies/rules.ts";
import { encodeName } from "../../protocol/mod.ts";
import type { FunctionRule } from "../../router/model/function_rule.ts";
import type { Log, LogFields } from "../../router/mod.ts";
import { JobCounts } from "../../router/model/counts.ts";
import { LOG_EVENTS, logEvent, type LogEventName } from "../../router/log/events.ts";
import { durableRouter } from "../durability/journal/durable_router.ts";
import { type LoggedLine, memoryLog } from "../support/memory_log.ts";
import { RunningProgram } from "../support/programs.ts";
import { routerWithRules, testRouter } from "../support/router.ts";
import { routerWithSchedules } from "../support/schedules.ts";
import { denoConfig } from "../support/runtimes.ts";

const DOC = readFileSync(new URL("../../docs/logging.md", import.meta.url), "utf8");
const SOURCE = readFileSync(new URL("../../router/log/log.ts", import.meta.url), "utf8");

/** The fields that are numbers; all others are strings. */
const NUMBERS = ["bytes", "epoch", "jobs", "losses", "running", "waiting"];

/** A row of a table about events. */
interface Row {
  readonly level: string;
  readonly words: string;
  readonly fields: readonly string[];
}

/** The rows about events, by their names. */
function rows(): Map<string, Row> {
  const found = new Map<string, Row>();
  for (
    const [, name, level, words, fields] of DOC.matchAll(
      /^\| `(\w+)` +\| ([A-Z]+) +\| (.+?) +\| (.+?) +\|.*\|$/gm,
    )
  ) {
    found.set(name, { level, words, fields: fields.split(", ").sort() });
  }
  return found;
}

/** What a line says without its fields; a field stands for itself where gearmand's form has it. */
function wordsOf(name: LogEventName): string {
  const { words } = logEvent(name);
  if (typeof words === "string") return words;
  return words(
    new Proxy({ event: name }, { get: (_, field) => `_${String(field)}_` }) as LogFields,
  );
}

describe("docs/logging.md", () => {
  test("has all events with their levels and words, and no other", () => {
    const documented = [...rows()].map(([name, { level, words }]) => `${name} ${level} ${words}`);
    const known = Object.keys(LOG_EVENTS).map((name) => {
      const { level } = logEvent(name as LogEventName);
      return `${name} ${level} ${wordsOf(name as LogEventName)}`;
    });
    assertEquals(documented.sort(), known.sort());
  });

  test("has the fields that each event has, with all that can be known", async () => {
    const seen = new Map<string, Set<string>>();
    for (const { event, suppressed: _, ...fields } of await story()) {
      const names = seen.get(event) ?? new Set();
      seen.set(event, names);
      for (const [name, value] of Object.entries(fields)) if (value !== undefined) names.add(name);
    }
    for (const [name, { fields }] of rows()) {
      assertEquals([...seen.get(name) ?? []].sort(), fields, name);
    }
  });

  test("says which keys the line of each event has in JSON", async () => {
    const documented = rows();
    const seen = new Set<string>();
    for (const fields of await story()) {
      const level = logEvent(fields.event as LogEventName).level;
      const line = logLine("json", { level, message: "", fields }, new Date(0));
      const { time, level: written, message, event, suppressed: _, ...others } = JSON.parse(line);
      assertEquals([time, written, event], ["1970-01-01T00:00:00.000Z", level, fields.event]);
      assertEquals(typeof message, "string");
      const { fields: known } = documented.get(event)!;
      for (const [key, value] of Object.entries(others)) {
        assert(known.includes(key), `${event} has ${key}`);
        assertEquals(typeof value, NUMBERS.includes(key) ? "number" : "string", key);
      }
      seen.add(event);
    }
    assertEquals([...seen].sort(), [...documented.keys()].sort());
  });

  test("explains all fields that there are", () => {
    const [, type] = /export interface LogFields \{([^]*?)\n\}/.exec(SOURCE)!;
    const there = [...type.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name);
    const [, table] = /## Fields\n([^]*?)\n## /.exec(DOC)!;
    const explained = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    assert(there.length > 15);
    assertEquals(explained.sort(), there.sort());
  });

  test("names all outcomes of a job", () => {
    const [outcomes] = /^\| `outcome` .*$/m.exec(DOC)!;
    const named = [...outcomes.matchAll(/`(\w+)`/g)].map(([, name]) => name).slice(1);
    assertEquals(named.sort(), Object.keys(new JobCounts()).sort());
  });

  test("says which events are written each time", () => {
    const sections = DOC.split(/^### /m);
    for (const name of Object.keys(LOG_EVENTS) as LogEventName[]) {
      const section = sections.find((text) => text.includes(`| \`${name}\``))!;
      const row = section.split("\n").find((line) => line.startsWith(`| \`${name}\``))!;
      const isEach = /^Each is written\.$/m.test(section) || row.includes("| Each time.");
      assertEquals(logEvent(name).isEachWritten === true, isEach, name);
    }
  });

  for (const format of ["text", "json"] as const) {
    test(`shows lines as ${format} as they are written`, () => {
      const block = new RegExp(`<!-- lines: ${format} -->\n\n\`\`\`\\w+\n([^]*?)\`\`\``).exec(DOC)!;
      const shown = block[1].trimEnd().split("\n").map(lasting);
      const written = exampleLines().map((entry) => lasting(logLine(format, entry, new Date())));
      for (const line of shown) assert(written.includes(line), `${line}\n\n${written.join("\n")}`);
      if (format === "text") assertEquals(shown.length, written.length);
    });
  }
});

describe("the programs of docs/logging.md", () => {
  const programs = [...DOC.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code);
  test("are there", () => assertEquals(programs.length, 2));
  for (const [index, code] of programs.entries()) {
    test(`print what the comments say: program ${index + 1}`, async () => {
      const expected = [...code.matchAll(/^\/\/ (.*)$/gm)].map(([, text]) => text);
      assert(expected.length > 0);
      const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
      const file = join(directory, "example.ts");
      const module = fileURLToPath(new URL("../../mod.ts", import.meta.url));
      writeFileSync(file, code.replace('"@geartrain/server"', JSON.stringify(module)));
      try {
        const deno = ["run", "--check", "--config", denoConfig(), "--allow-net", "--allow-read"];
        const words = "Deno" in globalThis ? [...deno, "--allow-sys=hostname", file] : [file];
        await using program = new RunningProgram(process.execPath, words);
        const { stdout, stderr, code: status } = await program.ended;
        assertEquals([status, stdout.trimEnd().split("\n")], [0, expected], stderr);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
});

/** A line without what differs from run to run. */
function lasting(line: string): string {
  return line.replace(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/, "TIME")
    .replaceAll(/127\.0\.0\.1:\d+/g, "ADDRESS").replaceAll(/H:gear1:\w+/g, "HANDLE");
}

/** What the page says that happened before it shows what was written. */
function exampleLines(): readonly LoggedLine[] {
  const log = memoryLog("WARNING");
  const { peer, clock } = testRouter({ log, jobRetries: 2, jobHandlePrefix: "H:gear1" });
  const client = peer().send("SET_CLIENT_ID", "shop");
  client.submit("SUBMIT_JOB_BG", "resize", "cat", "");
  for (let loss = 0; loss < 2; loss++) {
    const worker = peer().send("SET_CLIENT_ID", "resizer-1").canDo("resize");
    worker.grab();
    worker.connection.peerEnded();
  }
  const handle = client.submit("SUBMIT_JOB_BG", "report", "r7", "");
  const worker = peer().canDo("report");
  worker.grab();
  worker.send("WORK_EXCEPTION", handle, "no such page");
  client.text("maxqueue thumbnail 1");
  client.submit("SUBMIT_JOB_BG", "thumbnail", "a", "");
  for (let time = 0; time < 3; time++) client.send("SUBMIT_JOB_BG", "thumbnail", "b", "");
  clock.advance(2000);
  return log.lines;
}

/** The fields of all events, each at least once with all that can be known. */
async function story(): Promise<LogFields[]> {
  const log = memoryLog("DEBUG");
  const setting = testRouter({ log, jobRetries: 2 });
  const { router, clock, peer } = setting;
  const named = (name: string) => peer().send("SET_CLIENT_ID", name);
  const client = named("client"), sleeper = named("sleeper").canDo("f").send("PRE_SLEEP");
  const submit = () => client.submit("SUBMIT_JOB_BG", "f", "u", "");
  const cancel = (handle: string) => client.text(`cancel job ${handle}`);

  submit();
  client.submit("SUBMIT_JOB", "f", "u", "");
  sleeper.grab();
  sleeper.vanish();
  const slow = named("slow").send("CAN_DO_TIMEOUT", "f", "1000");
  const handle = slow.grab()![0];
  clock.advance(1000);
  assertEquals(router.jobs.size, 0);
  submit();
  slow.grab();
  clock.advance(1000);
  const other = named("other");
  other.send("WORK_COMPLETE", router.jobs.values().next().value!.handle, "");
  other.send("WORK_FAIL", handle);
  const worker = named("worker").canDo("f");
  const [failing] = worker.grab()!;
  worker.send("WORK_EXCEPTION", failing, "trouble");
  const late = submit();
  slow.grab();
  clock.advance(1000);
  slow.send("WORK_COMPLETE", late, "");
  const cancelled = submit();
  worker.grab();
  cancel(cancelled);
  for (const way of ["kick", "drop dead", ""]) {
    const buried = submit();
    client.text(`bury ${buried}`);
    if (way === "") router.functions.find(encodeName("f"), 0, 1)!.rule = onlyDead();
    else client.text(`${way} f`);
    cancel(buried);
    clock.advance(60_000);
  }

  client.text("maxqueue g 1");
  client.submit("SUBMIT_JOB_BG", "g", "", "");
  client.send("SUBMIT_JOB_BG", "g", "u", "");
  clock.advance(1000);
  router.log.notStored(
    router.jobByHandle(client.submit("SUBMIT_JOB_BG", "h", "u", ""))!,
    "no room",
  );
  router.log.windowDriven(encodeName("f"));
  router.log.resultDropped("H:host:1", encodeName("f"), "kept results are too large");
  client.send("OPTION_REQ", "speed");
  clock.advance(1000);
  for (let limit = 0; limit <= 10_000; limit++) client.text(`maxqueue none-${limit} 1`);
  client.text("purge function g");
  for (const isDraining of [true, false]) router.operations.drain(isDraining, client.connection);

  client.text("pause p 1 maintenance");
  clock.advance(1000);
  for (const command of ["pause p", "resume p", "quiet worker worker", "unquiet worker worker"]) {
    client.text(command);
  }
  const due = `${clock.epoch() / 1000 + 60}`;
  client.text(`move job ${client.submit("SUBMIT_JOB_EPOCH", "f", "v", due, "")} 1h`);

  router.log.connectionRefused({ hostname: "127.0.0.1", port: 1 }, 1);
  for (const event of ["acceptFailed", "internalError"] as const) {
    router.log.trouble(event, "trouble");
  }
  named("mad").raw("\x16\x03\x01");
  named("lazy").connection.closed("the peer does not read", true);
  submit();
  router.close();
  ruledStory(log);
  dedupeStory(log);
  scheduleStory(log);
  await storedStory(log);
  return log.lines.map(({ fields }) => fields!);
}

/** A rule ends a job. */
function ruledStory(log: Log): void {
  const { peer, clock } = routerWithRules({ f: { ttl: 1 }, g: { advice: true } }, { log });
  const client = peer();
  client.submit("SUBMIT_JOB_BG", "f", "u", "");
  const handle = client.submit("SUBMIT_JOB_BG", "g", "u", "");
  const worker = peer().send("SET_CLIENT_ID", "worker").canDo("g");
  worker.grab();
  worker.send("WORK_WARNING", handle, "geartrain: help");
  clock.advance(1000);
}

/** Submits meet a job that waits, and one that is over. */
function dedupeStory(log: Log): void {
  const { peer } = routerWithRules({
    f: { dedupe: { mode: "replace" } },
    g: { dedupe: { mode: "drop", window: 60 } },
  }, { log });
  const client = peer().send("SET_CLIENT_ID", "client");
  for (const payload of ["a", "b"]) client.submit("SUBMIT_JOB_BG", "f", "u", payload);
  const handle = client.submit("SUBMIT_JOB_BG", "g", "u", "");
  const worker = peer().canDo("g");
  worker.grab();
  worker.send("WORK_COMPLETE", handle, "");
  client.submit("SUBMIT_JOB_BG", "g", "u", "");
}

/** An operator makes a schedule, its job does not end in time, and then the clock is set. */
function scheduleStory(log: Log): void {
  const { peer, clock } = routerWithSchedules({ log });
  const table = { name: "often", every: 60, function: "f", overlap: "skip" };
  peer().send("SET_CLIENT_ID", "operator").text(`set schedule ${JSON.stringify(table)}`);
  clock.advance(120_000);
  clock.setEpoch(clock.epoch() + 3_600_000);
  clock.advance(60_000);
}

/** A rule that drops dead jobs at once. */
function onlyDead(): FunctionRule {
  return readRule("f", { dead: { age: "1s" } });
}

/** A job is stored, and due later. */
async function storedStory(log: Log): Promise<void> {
  const { peer, clock, durable } = await durableRouter({ log });
  peer().submit("SUBMIT_JOB_EPOCH", "f", "u", `${clock.epoch() / 1000 + 1}`, "");
  durable.writer.settle();
  clock.advance(1000);
}
