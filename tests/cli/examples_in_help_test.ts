import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import process from "node:process";
import { test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../cli/commands.ts";
import { commandHelp } from "../../cli/options/help.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { RawWorker } from "../client/raw_worker.ts";
import { batch, storedJob } from "../store/contract.ts";
import { describeWithPostgres } from "../support/postgres.ts";
import { Program, type ProgramCommand, programWords, runProgram } from "../support/program.ts";
import { startServer, type TestServer } from "../support/server.ts";

const EXAMPLES = COMMANDS.flatMap(({ name, examples }) =>
  examples.map(([line]) => ({ name, line }))
);

/** A folder with what the examples name. */
function makeFiles(directory: string): void {
  const path = (name: string) => join(directory, name);
  writeFileSync(path("cat.png"), "a cat");
  writeFileSync(path("words.txt"), "one\ntwo\n");
  writeFileSync(path("jobs.ndjson"), '{"func":"resize"}\n');
  writeFileSync(path("tokens"), "a-secret-of-this-test\n");
  writeFileSync(path("geartrain.toml"), '[policy."mail-*"]\nretry = "sidekiq"\n');
  writeFileSync(path("picture.sh"), "#!/bin/sh\ncat\n", { mode: 0o755 });
  const store = SqliteStore.open(path("queue.db"), { sync: "off", handlePrefix: "H:gear1" });
  store.write(batch({ added: [storedJob(1)] }));
  store.close();
  const database = new DatabaseSync(path("gearmand.db"));
  database.exec(
    `CREATE TABLE gearman_queue (unique_key TEXT, function_name TEXT, priority INTEGER, data BLOB);
     INSERT INTO gearman_queue VALUES ('u', 'f', 1, 'x')`,
  );
  database.close();
}

/** Bash in that folder, where `geartrain` is the program and asks a test's server. */
function shellIn(directory: string, port: number): ProgramCommand {
  const words = programWords().map((word) => `'${word}'`).join(" ");
  const GEARMAN_SERVERS = `127.0.0.1:${port}`;
  const prologue = `geartrain() { ${words} "$@"; }\n`;
  return {
    words: ["bash", "-c", `${prologue}eval "$0"`],
    environment: { ...process.env, GEARMAN_SERVERS },
    directory,
  };
}

/** The same line for a server that listens elsewhere, and which ends by itself. */
function runnable(name: string, line: string, port: number): string {
  const there = line.replace("localhost:4730", `127.0.0.1:${port}`);
  return name === "serve" ? `${there} --check-args` : there;
}

/** A worker goes on until it is told to end. */
async function runWorker(line: string, shell: ProgramCommand): Promise<void> {
  await using worker = new Program([`exec ${line.replace("geartrain", shellWords())}`], {}, shell);
  await worker.line(/: connected$/);
  worker.kill("SIGTERM");
  assertEquals((await worker.end).status, 0, line);
}

/** So does a dashboard; here on a free port instead of one of its own. */
async function runDash(line: string, shell: ProgramCommand): Promise<void> {
  const there = line.includes("--http ") ? line.replace(/:\d+'/, ":0'") : `${line} --http 0`;
  await using dash = new Program([`exec ${there.replace("geartrain", shellWords())}`], {}, shell);
  await dash.outputLine(/ is at /);
  dash.kill("SIGTERM");
  assertEquals((await dash.end).status, 0, line);
}

function shellWords(): string {
  return programWords().map((word) => `'${word}'`).join(" ");
}

async function upperAndResize({ port }: TestServer): Promise<RawWorker> {
  return await RawWorker.start(port, {
    upper: ({ payload }) => payload.toUpperCase(),
    resize: ({ payload }) => payload,
  });
}

/** The handle of a background job that is done. */
async function doneJob({ server }: TestServer): Promise<string> {
  const ended = Promise.withResolvers<string>();
  server.on("jobFinished", ({ job }) => ended.resolve(job.handle));
  server.enqueueJob({ function: "upper", payload: "a" });
  return await ended.promise;
}

test("every command has examples, of which its help tells", () => {
  for (const command of COMMANDS) {
    assert(command.examples.length > 0, command.name);
    const help = commandHelp(command);
    for (const [line, text] of command.examples) {
      assert(line.includes(`geartrain ${command.name}`), line);
      assertStringIncludes(help, `  ${line}\n`);
      assertStringIncludes(help.replaceAll(/\s+/g, " "), text);
    }
  }
});

/** Where the examples have a PostgreSQL. */
const DATABASE = "postgres://geartrain@db/jobs";
const [WITH_DATABASE, OTHERS] = [true, false].map((has) =>
  EXAMPLES.filter(({ line }) => line.includes(DATABASE) === has)
);

test("each example of a command's help works", async () => {
  assert(OTHERS.length > 25);
  await runExamples(OTHERS);
});

describeWithPostgres("The examples of a command's help with PostgreSQL", (postgres) => {
  test("work", async () => {
    const url = await postgres().database();
    assert(WITH_DATABASE.length > 1);
    await runExamples(
      WITH_DATABASE.map(({ name, line }) => ({ name, line: line.replace(DATABASE, url) })),
    );
  });
});

async function runExamples(examples: typeof EXAMPLES): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-examples-"));
  try {
    makeFiles(directory);
    await using server = startServer({
      policies: { mail: { optionsInName: true }, "*": { keepResult: "1h" } },
    });
    const { port } = server;
    using _worker = await upperAndResize(server);
    const handle = await doneJob(server);
    const shell = shellIn(directory, port);
    for (const { name, line: shown } of examples) {
      const line = name === "result" ? shown.replace(/H:\S+/, handle) : shown;
      if (name === "work") await runWorker(line, shell);
      else if (name === "dash") await runDash(line, shell);
      else {
        const { status, stderr } = await runProgram([runnable(name, line, port)], {}, shell);
        const complaints = stderr.filter((text) => /^geartrain:/.test(text));
        assertEquals([status, complaints], [0, []], line);
      }
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}
