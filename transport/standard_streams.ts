import { write } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const STDOUT = 1;
const STDERR = 2;
/** Waiting before the next try where the system takes nothing now, in milliseconds. */
const RETRY = 20;

type WriteOnce = (bytes: Uint8Array) => Promise<number>;

/** On Deno, all writing of `node:fs` stops the program until the reader reads. */
const [stdoutOnce, stderrOnce]: readonly WriteOnce[] = "Deno" in globalThis
  ? [(bytes) => Deno.stdout.write(bytes), (bytes) => Deno.stderr.write(bytes)]
  : [writesTo(STDOUT), writesTo(STDERR)];

function writesTo(descriptor: number): WriteOnce {
  return async (bytes) => (await promisify(write)(descriptor, bytes)).bytesWritten;
}

/**
 * Writes to the standard output. Until it is read, which may be never, the program goes on with other
 * things.
 *
 * @throws what the system says, with its `code`: `EPIPE` when nobody reads any more.
 */
export function writeStdout(bytes: Uint8Array): Promise<void> {
  return writeAll(stdoutOnce, bytes);
}

/** Writes to the standard error output in the same way. */
export function writeStderr(bytes: Uint8Array): Promise<void> {
  return writeAll(stderrOnce, bytes);
}

async function writeAll(writeOnce: WriteOnce, bytes: Uint8Array): Promise<void> {
  for (let position = 0; position < bytes.length;) {
    try {
      position += await writeOnce(bytes.subarray(position));
    } catch (error) {
      // Another program that shares it may have told the system not to wait.
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
      await pause(RETRY);
    }
  }
}
