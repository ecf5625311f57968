/**
 * Puts Bun's program where its npm package looks for it. The package's own script does it, which npm
 * may leave alone, and which complains when it runs a second time.
 */
import { statSync } from "node:fs";

const PLACE = new URL("../node_modules/bun/bin/bun.exe", import.meta.url);
/** What lies there before is a note of a few hundred bytes. */
const NOTE_SIZE = 10_000;

if ((statSync(PLACE, { throwIfNoEntry: false })?.size ?? 0) < NOTE_SIZE) {
  await import("../node_modules/bun/install.js");
}
