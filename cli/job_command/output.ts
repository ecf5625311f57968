import type { Readable } from "node:stream";
import { clearTimeout, setTimeout } from "node:timers";
import type { WorkerJob } from "../../client/worker_job.ts";
import { linesOf, wholeOf } from "../lines.ts";

/** How long the output of what a command left behind is waited for, in milliseconds. */
const LEFT_BEHIND = 1000;

/**
 * What a command writes, as it comes, until its end. A process that it left behind may keep the pipe
 * open for ever: after the command's end nothing is waited for any longer than a second.
 */
export async function* outputOf(
  stream: Readable,
  ended: Promise<unknown>,
): AsyncGenerator<Uint8Array> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hasEnded = false;
  let isReading = false;
  let isLeft = false;
  // While a chunk is being used, there is no limit of time.
  const lookAtTime = () => {
    if (!hasEnded || !isReading) return;
    timer = setTimeout(() => {
      isLeft = true;
      stream.destroy();
    }, LEFT_BEHIND);
  };
  const over = () => {
    hasEnded = true;
    lookAtTime();
  };
  ended.then(over, over);
  const chunks = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      isReading = true;
      lookAtTime();
      const next = await chunks.next();
      isReading = false;
      clearTimeout(timer);
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    if (!isLeft) throw error;
  } finally {
    isReading = false;
    clearTimeout(timer);
    stream.destroy();
  }
}

/** Uses the output of a command, and returns what of it is the result. */
export type OutputMode = (
  chunks: AsyncIterable<Uint8Array>,
  job: Pick<WorkerJob, "data">,
) => Promise<Uint8Array>;

const NOTHING = new Uint8Array(0);

class TooLargeError extends Error {}

/**
 * All of it is the result.
 *
 * @param limit the most that it may have, in bytes.
 */
export function asResult(limit: number): OutputMode {
  return async (chunks) => {
    const { bytes } = await wholeOf(chunks, limit);
    if (bytes === null) throw tooLarge("output", limit);
    return bytes;
  };
}

/** The output is sent as it comes; the result is empty. */
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
    const tooLong = () => tooLarge("line", limit);
    for await (const { bytes } of linesOf(chunks, { limit, withNewline, tooLong })) {
      await job.data(bytes!);
    }
    return NOTHING;
  };
}

/** The error of a job whose command writes too much. */
export function tooLarge(what: string, limit: number): TooLargeError {
  return new TooLargeError(`the ${what} of the command is larger than ${limit} bytes`);
}
