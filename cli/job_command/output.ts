import type { Readable } from "node:stream";
import { clearTimeout, setTimeout } from "node:timers";

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
  // What is read and not used yet has all the time that it needs.
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
