import { Buffer } from "node:buffer";

const HEADER_SIZE = 32;
const FRAME_HEADER_SIZE = 24;

/** What is in a write-ahead log of SQLite (https://sqlite.org/fileformat2.html#the_write_ahead_log). */
export interface WalFile {
  /** Where each frame ends that belongs to the log; older ones behind them do not. */
  readonly frames: readonly { readonly end: number; readonly isCommit: boolean }[];
  /** Tells the log from the one before it in the same file. */
  readonly salt: string;
}

/** Reads it; frames are those with the salt of the header. */
export function readWal(bytes: Uint8Array): WalFile {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < HEADER_SIZE) return { frames: [], salt: "" };
  const pageSize = view.readUInt32BE(8);
  const salt = view.toString("hex", 16, 24);
  const frames: { end: number; isCommit: boolean }[] = [];
  const size = FRAME_HEADER_SIZE + pageSize;
  for (let at = HEADER_SIZE; at + size <= view.length; at += size) {
    if (view.toString("hex", at + 8, at + 16) !== salt) break;
    frames.push({ end: at + size, isCommit: view.readUInt32BE(at + 4) > 0 });
  }
  return { frames, salt };
}

/** How many commits it has. */
export function commitsIn({ frames }: WalFile): number {
  return frames.filter(({ isCommit }) => isCommit).length;
}
