/**
 * A store as lines of JSON: first one about the store, then the limits of functions, records, and the jobs.
 *
 * @module
 */
import { EMPTY } from "../../protocol/buffer_pool.ts";
import { Buffer } from "node:buffer";
import { checkedHandleBase, checkedNextNumber, handleIn, partsOf } from "../handle.ts";
import { checkedJob, type ImportedJob, isCount } from "./imported_job.ts";
import {
  type LocalStore,
  type StoredJob,
  type StoredJobState,
  type StoredMaxQueue,
  type StoredRecord,
  StoreError,
} from "../store.ts";

/** Bytes in JSON: a string if they are UTF-8. */
export type JsonBytes = string | { readonly base64: string };

/** What the first line says of the store. */
export interface StoreHeader {
  readonly handleBase: string;
  readonly nextNumber: number;
}

/** What the other lines of an export are about. */
export interface StoreParts {
  readonly maxQueues: Iterable<StoredMaxQueue>;
  readonly records: Iterable<StoredRecord>;
  readonly jobs: Iterable<StoredJob>;
}

/** What a line says. */
export type StoreLine =
  | { readonly kind: "store"; readonly store: StoreHeader }
  | { readonly kind: "limits"; readonly maxQueue: StoredMaxQueue }
  | { readonly kind: "record"; readonly record: StoredRecord }
  | { readonly kind: "job"; readonly job: ImportedJob };

const PAGE = 1000;
const PAGE_BYTES = 8 * 2 ** 20;
const JOB_FIELDS = [
  "handle",
  "number",
  "func",
  "unique",
  "reducer",
  "payload",
  "priority",
  "due",
  "attempts",
  "failures",
  "state",
  "error",
  "runs",
];
// A byte order mark is part of a payload.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A store line by line, without newlines.
 *
 * @param parts what is exported of it; all, if nothing is said.
 * @throws {StoreError} when it cannot be read.
 */
export function* exportedLines(
  store: LocalStore,
  { maxQueues, records, jobs }: StoreParts = {
    maxQueues: store.maxQueues(),
    records: store.records(),
    jobs: jobsOf(store),
  },
): Generator<string> {
  yield headerLine(store);
  for (const maxQueue of maxQueues) yield limitsLine(maxQueue);
  for (const record of records) yield recordLine(record);
  for (const job of jobs) yield jobLine(store, job);
}

/** The same of a store that takes its time. */
export async function* exportedLinesOf(
  header: StoreHeader,
  maxQueues: Iterable<StoredMaxQueue>,
  jobs: AsyncIterable<StoredJob>,
): AsyncGenerator<string> {
  yield headerLine(header);
  for (const maxQueue of maxQueues) yield limitsLine(maxQueue);
  for await (const job of jobs) yield jobLine(header, job);
}

function headerLine({ handleBase, nextNumber }: StoreHeader): string {
  return JSON.stringify({ handleBase, nextNumber });
}

function limitsLine({ functionName, limits }: StoredMaxQueue): string {
  return JSON.stringify({ func: jsonBytes(functionName), limits });
}

function recordLine({ kind, key, value }: StoredRecord): string {
  return JSON.stringify({ record: kind, key: jsonBytes(key), value: jsonBytes(value) });
}

function* jobsOf(store: LocalStore): Generator<StoredJob> {
  for (let after = 0;;) {
    const jobs = store.load(after, PAGE, PAGE_BYTES);
    for (const job of jobs) yield { ...job, payload: job.payload ?? payloadOf(store, job.number) };
    if (jobs.length === 0) return;
    after = jobs[jobs.length - 1].number;
  }
}

function payloadOf(store: LocalStore, number: number): Uint8Array {
  const payload = store.payloads([number]).get(number);
  if (payload !== undefined) return payload;
  throw new StoreError(`${store.name}: job ${number} is not as it was stored`);
}

/**
 * Reads a line of an export. A job needs no more than `func`; its number is taken from its handle.
 *
 * @throws {StoreError} when it is none.
 */
export function importedLine(text: string): StoreLine {
  const line = objectIn(text);
  if ("handleBase" in line) return { kind: "store", store: headerOf(line) };
  if ("limits" in line) return { kind: "limits", maxQueue: maxQueueOf(line) };
  if ("record" in line) return { kind: "record", record: recordOf(line) };
  onlyFields(line, JOB_FIELDS);
  const { handle } = line;
  if (handle !== undefined && typeof handle !== "string") throw new StoreError("handle: no string");
  if (handle !== undefined) checkedNextNumber(partsOf(handle)?.number ?? 0);
  return {
    kind: "job",
    job: checkedJob({
      ...(handle === undefined ? {} : { handle }),
      functionName: bytesIn(line, "func"),
      unique: bytesIn(line, "unique", EMPTY),
      reducer: bytesIn(line, "reducer", EMPTY),
      payload: bytesIn(line, "payload", EMPTY),
      priority: numberIn(line, "priority", 1) as 0 | 1 | 2,
      due: numberIn(line, "due", 0),
      losses: numberIn(line, "attempts", 0),
      failures: numberIn(line, "failures", 0),
      state: stateIn(line),
      error: bytesIn(line, "error", EMPTY),
      runs: bytesIn(line, "runs", EMPTY),
    }),
  };
}

/** Is a line that cannot be imported one about a function or a job all the same? */
export function isEntry(text: string): boolean {
  try {
    return !("handleBase" in objectIn(text));
  } catch {
    return false;
  }
}

/** Bytes as JSON can have them. */
export function jsonBytes(bytes: Uint8Array): JsonBytes {
  try {
    return decoder.decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}

function jobLine(store: StoreHeader, job: StoredJob): string {
  return JSON.stringify({
    handle: handleIn(store, job.number),
    number: job.number,
    func: jsonBytes(job.functionName),
    unique: jsonBytes(job.unique),
    reducer: jsonBytes(job.reducer),
    payload: jsonBytes(job.payload),
    priority: job.priority,
    due: job.due,
    attempts: job.losses,
    ...(job.failures > 0 ? { failures: job.failures } : {}),
    ...(job.state === "dead" ? { state: job.state } : {}),
    ...(job.error.length > 0 ? { error: jsonBytes(job.error) } : {}),
    ...(job.runs.length > 0 ? { runs: jsonBytes(job.runs) } : {}),
  });
}

type Fields = Record<string, unknown>;

function objectIn(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StoreError("no JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new StoreError("no JSON object");
}

function headerOf(line: Fields): StoreHeader {
  onlyFields(line, ["handleBase", "nextNumber"]);
  const { handleBase } = line;
  if (typeof handleBase !== "string") throw new StoreError("handleBase: no string");
  return {
    handleBase: checkedHandleBase(handleBase),
    nextNumber: checkedNextNumber(numberIn(line, "nextNumber", 0)),
  };
}

function maxQueueOf(line: Fields): StoredMaxQueue {
  onlyFields(line, ["func", "limits"]);
  const { limits } = line;
  if (!Array.isArray(limits) || limits.length !== 3 || !limits.every(isCount)) {
    throw new StoreError("limits: not three numbers");
  }
  return { functionName: bytesIn(line, "func"), limits: limits as [number, number, number] };
}

function recordOf(line: Fields): StoredRecord {
  onlyFields(line, ["record", "key", "value"]);
  const { record: kind } = line;
  if (typeof kind !== "string" || kind === "") throw new StoreError("record: no word");
  return { kind, key: bytesIn(line, "key"), value: bytesIn(line, "value") };
}

function onlyFields(line: Fields, known: readonly string[]): void {
  const other = Object.keys(line).find((key) => !known.includes(key));
  if (other !== undefined) throw new StoreError(`unknown field ${JSON.stringify(other)}`);
}

function bytesIn(line: Fields, key: string, otherwise?: Uint8Array): Uint8Array {
  const value = line[key] ?? otherwise;
  if (value === undefined) throw new StoreError(`${key}: missing`);
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return Uint8Array.from(Buffer.from(value));
  const { base64 } = value as { base64?: unknown };
  if (typeof base64 === "string") {
    const bytes = Buffer.from(base64, "base64");
    if (bytes.toString("base64") === base64) return Uint8Array.from(bytes);
  }
  throw new StoreError(`${key}: neither a string nor {"base64": "…"}`);
}

function stateIn({ state = "waiting" }: Fields): StoredJobState {
  if (state === "waiting" || state === "dead") return state;
  throw new StoreError('state: must be "waiting" or "dead"');
}

function numberIn(line: Fields, key: string, otherwise: number): number {
  const value = line[key] ?? otherwise;
  if (isCount(value)) return value;
  throw new StoreError(`${key}: must be an integer >= 0`);
}
