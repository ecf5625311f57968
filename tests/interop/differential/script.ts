/**
 * Scripts that are played to the real C server and to ours; the replies must be the same.
 *
 * After each step every connection does an ECHO round trip, and all that came before the echo is
 * written down. So a script says only what is sent; nothing that a server answers can be missed.
 *
 * @module
 */
import type { ServerOptions } from "../../../mod.ts";
import { requestBytes } from "../../support/raw_peer.ts";

/**
 * What one connection does: its name, an action, arguments. A connection opens at its first step.
 *
 * | action | arguments |
 * |---|---|
 * | a packet's name in capitals | its arguments, which are joined with NULs |
 * | `text` | a text line, without its end |
 * | `bytes` | anything, as it is; each character is one byte |
 * | `bytes one by one` | the same, each in a write of its own |
 * | `part` | the same, when no reply can be expected before more is sent |
 * | `hangs up` | |
 * | `sends no more` | (shuts its sending side down); all that still comes is read |
 * | `waits` | until something arrives |
 *
 * In arguments, `<1>` stands for the first handle that the server gave out, `<2>` for the second.
 */
export type Step = readonly [connection: string, action: string, ...args: string[]];

/** One conversation. */
export interface Script {
  /** What it is about. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** Options of `gearmand`. */
  readonly gearmandOptions?: readonly string[];
  /** The same for our server. */
  readonly options?: ServerOptions;
}

/** The bytes of a request packet, for the action `bytes`. */
export function packet(type: string | number, ...args: string[]): string {
  return requestBytes(type, ...args).toString("latin1");
}
