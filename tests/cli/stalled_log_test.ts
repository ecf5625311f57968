/**
 * Nobody reads the log, or what it goes to is broken: the server goes on, what waits is bounded, and a
 * later line says how many lines were dropped.
 *
 * @module
 */
import * as fs from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { LineWriter, StreamWriter, WaitingLines } from "../../cli/serve/line_writer.ts";
import { PIPE_SIZE } from "../../cli/serve/log_file.ts";
import { Program, programWords } from "../support/program.ts";
import { RawPeer, requestBytes } from "../support/raw_peer.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-stalled-"));
after(() => fs.rmSync(directory, { recursive: true }));
const onWindows = process.platform === "win32" && "Windows has no named pipes of this kind";
const DROPPED = /dropped, as nobody took them: (\d+)$/;
const droppedLine = (count: number) => `dropped, as nobody took them: ${count}`;
/** More lines than a pipe, what is being written and what waits have room for. */
const MANY = 60_000;
let paths = 0;

function newPath(): string {
  return join(directory, `${++paths}`);
}

/** A named pipe, and a descriptor to read it, which does not wait. */
function newPipe(): { path: string; reader: number } {
  const path = newPath();
  assertEquals(spawnSync("mkfifo", [path]).status, 0);
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  return { path, reader: fs.openSync(path, O_RDONLY | O_NONBLOCK) };
}

/** What is in the pipe now. */
function readAll(reader: number): string {
  const bytes = new Uint8Array(1024 * 1024);
  let text = "";
  const decoder = new TextDecoder();
  try {
    for (let count = -1; count !== 0;) {
      count = fs.readSync(reader, bytes);
      text += decoder.decode(bytes.subarray(0, count), { stream: true });
    }
  } catch (error) {
    assertEquals((error as { code?: string }).code, "EAGAIN");
  }
  return text;
}

/** How many lines there are, and how many they say were dropped. */
function counted(text: string): { lines: number; dropped: number } {
  const lines = text.split("\n").slice(0, -1);
  const dropped = lines.map((line) => Number(DROPPED.exec(line)?.[1] ?? NaN)).filter(isFinite);
  return {
    lines: lines.length - dropped.length,
    dropped: dropped.reduce((sum, count) => sum + count, 0),
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("Lines that find no room are dropped, and the next that are taken say how many", () => {
  const waiting = new WaitingLines(droppedLine);
  for (let count = 0; count < 3000; count++) waiting.add("x".repeat(999));
  const first = waiting.take();
  assert(first.bytes.length < 1.1 * 1024 * 1024);
  const { lines, dropped } = counted(new TextDecoder().decode(first.bytes));
  assertEquals([lines + dropped, first.count], [3000, 3000]);
  assert(dropped > 1000);
  waiting.add("afterwards");
  assertEquals(new TextDecoder().decode(waiting.take().bytes), "afterwards\n");
  assert(!waiting.areThere);
  waiting.lost(first.count);
  assertEquals(new TextDecoder().decode(waiting.take().bytes), `${droppedLine(3000)}\n`);
});

test("A log whose writes fail says later how many lines were dropped", async () => {
  const descriptor = fs.openSync(directory, "r");
  const writer = new LineWriter(descriptor, droppedLine);
  for (const line of ["a", "b"]) {
    writer.add(line);
    writer.flush();
  }
  fs.closeSync(descriptor);
  const path = newPath();
  const file = fs.openSync(path, "w");
  writer.moveTo(file);
  writer.add("c");
  await writer.close();
  fs.closeSync(file);
  assertEquals(fs.readFileSync(path, "utf8"), `${droppedLine(2)}\nc\n`);
});

test("A stream whose writes fail or wait says later how many lines were dropped", async () => {
  const written: string[] = [];
  let write: (bytes: Uint8Array) => Promise<void> = () => Promise.reject(new Error("EPIPE"));
  const writer = new StreamWriter((bytes) => write(bytes), droppedLine);
  writer.add("a");
  await writer.close();
  const gate = Promise.withResolvers<void>();
  write = async (bytes) => {
    await gate.promise;
    written.push(new TextDecoder().decode(bytes));
  };
  writer.add("b");
  writer.flush();
  for (let count = 0; count < MANY; count++) writer.add("x".repeat(99));
  writer.flush();
  gate.resolve();
  await writer.close();
  assertEquals(written[0], `b\n${droppedLine(1)}\n`);
  assertEquals(written.length, 2);
  const { lines, dropped } = counted(written[1]);
  assertEquals(lines + dropped, MANY);
  assert(lines < 12_000);
});

test(...unless(onWindows, "A log file that is a pipe nobody reads holds nobody up"), async () => {
  const { path, reader } = newPipe();
  const { O_RDWR, O_APPEND, O_NONBLOCK } = fs.constants;
  const file = fs.openSync(path, O_RDWR | O_APPEND | O_NONBLOCK);
  const writer = new LineWriter(file, droppedLine, PIPE_SIZE);
  for (let count = 0; count < MANY; count++) {
    writer.add("x".repeat(99));
    if (count % 1000 === 0) writer.flush();
  }
  let text = "";
  await until(async () => {
    text += readAll(reader);
    await turn();
    const { lines, dropped } = counted(text);
    return lines + dropped >= MANY;
  });
  const { lines, dropped } = counted(text);
  assertEquals(lines + dropped, MANY);
  assert(lines < 24_000);
  assert(text.split("\n").every((line) => line.length === 99 || DROPPED.test(line) || line === ""));
  for (const descriptor of [file, reader]) fs.closeSync(descriptor);
});

describe(...unless(onWindows, "A server whose log nobody reads"), () => {
  test("on standard error serves, says later what was dropped, and ends", async () => {
    const { path, reader } = newPipe();
    const socket = newPath();
    const shell = ["sh", "-c", 'pipe=$1; shift; exec "$@" 2>"$pipe"', "sh", path];
    const args = ["serve", "-L", `unix:${socket}`, "--verbose", "DEBUG"];
    await using program = new Program(args, {}, {
      words: [...shell, ...programWords()],
      environment: process.env,
    });
    using peer = await connected(socket);
    await echoes(peer, MANY);
    let text = "";
    await until(async () => {
      text += readAll(reader);
      await echoes(peer, 1);
      return counted(text).dropped > 0;
    });
    assert(text.length < 4 * 1024 * 1024, `${text.length} bytes waited`);
    await echoes(peer, 100);
    program.kill("SIGTERM");
    assertEquals((await program.end).status, 0);
    fs.closeSync(reader);
  });

  test("through a logger that does not read serves, says later what was dropped, and ends", async () => {
    const [place, socket] = [newPath(), newPath()];
    fs.mkdirSync(place);
    const [go, output] = [join(place, "go"), join(place, "output")];
    const script = `#!/bin/sh
      case $1 in --socket-errors*) exit 0;; esac
      while [ ! -e ${go} ]; do sleep 0.1; done
      exec cat >> ${output}\n`;
    fs.writeFileSync(join(place, "logger"), script, { mode: 0o755 });
    const args = ["serve", "-L", `unix:${socket}`, "--verbose", "DEBUG", "--syslog"];
    await using program = new Program(args, { PATH: `${place}:${process.env.PATH}` });
    using peer = await connected(socket);
    await echoes(peer, MANY);
    fs.writeFileSync(go, "");
    await until(async () => {
      await echoes(peer, 1);
      return fs.existsSync(output) && counted(fs.readFileSync(output, "utf8")).dropped > 0;
    });
    assert(fs.statSync(output).size < 6 * 1024 * 1024);
    program.kill("SIGTERM");
    assertEquals((await program.end).status, 0);
  });
});

async function connected(path: string): Promise<RawPeer> {
  let peer: RawPeer | undefined;
  await until(async () => {
    peer = await RawPeer.connect({ path }).catch(() => undefined);
    return peer !== undefined;
  });
  return peer!;
}

/** Each has a line in the log. */
async function echoes(peer: RawPeer, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1000) {
    const some = Math.min(1000, count - sent);
    for (let each = 0; each < some; each++) peer.send(requestBytes("ECHO_REQ", "x"));
    for (let each = 0; each < some; each++) await peer.expect("ECHO_RES");
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    if (await isSo()) return;
  }
  throw new Error("It takes too long");
}
