/**
 * What becomes of the output of a command: the result of the job, or data that is sent while it
 * runs.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { WorkerJob } from "../../client/worker_job.ts";

/** Uses the output of a command, and returns what of it is the result. */
export type OutputMode = (
  chunks: AsyncIterable<Uint8Array>,
  job: Pick<WorkerJob, "data">,
) => Promise<Uint8Array>;

const NEWLINE = 0x0a;
const NOTHING = new Uint8Array(0);

/** The output is too large. */
export class TooLargeError extends Error {}

/**
 * All of it is the result.
 *
 * @param limit the most that it may have, in bytes.
 */
export function asResult(limit: number): OutputMode {
  return async (chunks) => {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      checkSize("output", size, limit);
      parts.push(chunk);
    }
    return Buffer.concat(parts);
  };
}

/** It is sent as it comes. */
export const asStream: OutputMode = async (chunks, job) => {
  for await (const chunk of chunks) await job.data(chunk);
  return NOTHING;
};

/**
 * Each line is sent as it comes, in a packet of its own.
 *
 * @param limit the most that a line may have, in bytes.
 */
export function asLines(withNewline: boolean, limit: number): OutputMode {
  return async (chunks, job) => {
    for await (const line of linesOf(chunks, limit)) {
      await job.data(withNewline ? line : withoutNewline(line));
    }
    return NOTHING;
  };
}

/** Lines with their newlines, as bytes; the last one may be without. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  limit = Infinity,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      const end = chunk.subarray(start, at + 1);
      checkSize("line", size + end.length, limit);
      yield parts.length === 0 ? end : Buffer.concat([...parts, end]);
      parts = [];
      size = 0;
      start = at + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    checkSize("line", size, limit);
  }
  if (size > 0) yield Buffer.concat(parts);
}

/** The line without the newline at its end, if it has one. */
export function withoutNewline(line: Uint8Array): Uint8Array {
  return line.at(-1) === NEWLINE ? line.subarray(0, -1) : line;
}

function checkSize(what: string, size: number, limit: number): void {
  if (size <= limit) return;
  throw new TooLargeError(`the ${what} of the command is larger than ${limit} bytes`);
}
