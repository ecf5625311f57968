import { write } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const STDOUT = 1;
/** Waiting before the next try where the system takes nothing now, in milliseconds. */
const RETRY = 20;

/** On Deno, all writing of `node:fs` stops the program until the reader reads. */
const writeOnce: (bytes: Uint8Array) => Promise<number> = "Deno" in globalThis
  ? (bytes) => Deno.stdout.write(bytes)
  : async (bytes) => (await promisify(write)(STDOUT, bytes)).bytesWritten;

/**
 * Writes to the standard output. Until it is read, which may be never, the program goes on with other
 * things.
 *
 * @throws what the system says, with its `code`: `EPIPE` when nobody reads any more.
 */
export async function writeStdout(bytes: Uint8Array): Promise<void> {
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
