import process from "node:process";
import { messageLine, textForTerminal } from "../message.ts";

/** To the beginning of the line, and what stands there gone. */
const CLEAR_LINE = "\r\x1b[K";

const decoder = new TextDecoder();

/** What goes to the standard error, beside a progress bar that may be there. */
export class Complaints {
  /** Is there a bar on the last line? */
  isBelowBar = false;

  /** A message of this program in one line. */
  say(text: string): void {
    const message = `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
    this.#write(messageLine(message));
  }

  /** What a worker sent: as it is, but that it does nothing to a terminal. */
  raw(bytes: Uint8Array): void {
    this.#write(process.stderr.isTTY ? textForTerminal(decoder.decode(bytes)) : bytes);
  }

  #write(text: string | Uint8Array): void {
    if (this.isBelowBar) process.stderr.write(CLEAR_LINE);
    process.stderr.write(text);
  }
}
