import { closeSync, openSync, readSync } from "node:fs";
import { gearmandJobs, HEADER_LENGTH, isSqlite } from "../../store/exchange/gearmand_queue.ts";
import { importedLine, isEntry, type StoreLine } from "../../store/exchange/ndjson.ts";
import { isPostgresUrl } from "../../store/postgres/connection/url.ts";
import { StoreError } from "../../store/store.ts";
import { linesOf } from "../lines.ts";
import type { StorePlace } from "../options/kinds.ts";
import { postgresTools } from "../store/postgres_words.ts";
import { OptionError } from "../../options/kinds.ts";
import type { ImportSettings } from "./import.ts";
import { openTarget } from "./target.ts";

/** The longest line in bytes: a string cannot be longer. */
const MAX_LINE = 2 ** 29 - 25;

/** How many bytes of a file are read at a time. */
const CHUNK_LENGTH = 64 * 1024;

type WithStore = ImportSettings & { readonly store: StorePlace };

export interface Imported {
  readonly count: number;
  /** How many were in the store already: those that kept their handle, or have the unique of a live job. */
  readonly present: number;
  /** How many rows or lines are not jobs that a server could have. */
  readonly leftOut: number;
}

/**
 * Puts the jobs of a file, or of gearmand's table in PostgreSQL, into a store. What is not a job is left
 * out alone: whoever imports the file again, once it is repaired, would otherwise have the jobs before it
 * twice.
 *
 * @param from the file, or the URL of the database.
 * @param tell told in one line of each row or line that is left out.
 * @throws {StoreError} when that is not possible; it tells how many are stored.
 */
export async function importJobs(
  from: string,
  settings: WithStore,
  tell: (what: string) => void,
): Promise<Imported> {
  let leftOut = 0;
  const leaveOut = (what: string) => {
    leftOut++;
    tell(what);
  };
  const lines = linesFrom(from, settings, leaveOut);
  // What is imported is read first, so that a file that cannot be read leaves no empty store behind.
  const first = await lines.next();
  if (first.done && leftOut > 0) return { count: 0, present: 0, leftOut };
  const into = await openTarget(settings, first.done ? undefined : first.value);
  let nextNumber = 0;
  try {
    for (let at = first; !at.done; at = await lines.next()) {
      const line = at.value;
      if (line.kind === "limits") await into.limit(line.maxQueue);
      else if (line.kind === "job") await into.add(line.job);
      else if (line.kind === "record") {
        if (into.record !== undefined) into.record(line.record);
        else leaveOut(`a record of the kind ${line.record.kind}: PostgreSQL has no place for it`);
      } else if (line.store.handleBase === into.handleBase) nextNumber = line.store.nextNumber;
    }
    await into.end(nextNumber);
    return { count: into.count, present: into.present, leftOut };
  } catch (error) {
    throw new StoreError(`${(error as Error).message}; ${into.count} jobs were imported before`);
  } finally {
    await lines.return(undefined);
    into.close();
  }
}

function linesFrom(
  from: string,
  settings: WithStore,
  leftOut: (what: string) => void,
): AsyncGenerator<StoreLine> {
  return isPostgresUrl(from) ? rowsIn(from, settings, leftOut) : linesIn(from, settings, leftOut);
}

async function* rowsIn(
  url: string,
  { table }: ImportSettings,
  leftOut: (what: string) => void,
): AsyncGenerator<StoreLine> {
  const { gearmandJobs } = await postgresTools();
  const place = { url, password: undefined };
  for await (const job of gearmandJobs(place, table, leftOut)) yield { kind: "job", job };
}

/** A file may be a pipe: each of its bytes is read once. */
async function* linesIn(
  file: string,
  { table }: ImportSettings,
  leftOut: (what: string) => void,
): AsyncGenerator<StoreLine> {
  const { descriptor, start } = opened(file);
  try {
    if (isSqlite(start)) {
      for (const job of gearmandJobs(file, leftOut, table)) yield { kind: "job", job };
    } else if (table !== undefined) {
      throw new OptionError(`--table: ${file} is not an SQLite database`);
    } else {
      yield* jsonLines(file, chunksOf(start, descriptor), leftOut);
    }
  } finally {
    closeSync(descriptor);
  }
}

async function* jsonLines(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  leftOut: (what: string) => void,
): AsyncGenerator<StoreLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [number, isFirst] = [0, true];
  const tooLong = () => new StoreError(`${file}:${number + 1}: more than ${MAX_LINE} bytes`);
  const options = { limit: MAX_LINE, withNewline: false, tooLong };
  for await (const { bytes } of linesOf(chunks, options)) {
    number++;
    if (bytes === null || bytes.length === 0) continue;
    let text = "";
    try {
      text = decoder.decode(bytes);
      yield importedLine(text);
    } catch (error) {
      const why = `${file}:${number}: ${(error as Error).message}`;
      // The first line tells whether it is an export at all, and what handles jobs are to have.
      if (isFirst && !isEntry(text)) throw new StoreError(why);
      leftOut(why);
    }
    isFirst = false;
  }
}

function opened(file: string): { descriptor: number; start: Uint8Array } {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    return { descriptor, start: startOf(descriptor) };
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw new OptionError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** The first bytes, as many as tell an SQLite database from other files; fewer if the file is shorter. */
function startOf(descriptor: number): Uint8Array {
  const start = new Uint8Array(HEADER_LENGTH);
  let length = 0;
  for (let count = -1; count !== 0 && length < start.length; length += count) {
    count = readSync(descriptor, start, length, start.length - length, null);
  }
  return start.subarray(0, length);
}

/** Reads without a stream: a stream that is left before its end closes the descriptor some time later. */
async function* chunksOf(start: Uint8Array, descriptor: number): AsyncGenerator<Uint8Array> {
  yield start;
  for (;;) {
    const chunk = new Uint8Array(CHUNK_LENGTH);
    const count = readSync(descriptor, chunk, 0, CHUNK_LENGTH, null);
    if (count === 0) return;
    yield chunk.subarray(0, count);
  }
}
