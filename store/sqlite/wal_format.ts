import { fstatSync, readSync } from "node:fs";

/** What the header of a log of SQLite begins with; the byte behind it tells how its sums are made. */
export const LOG_MAGIC: readonly number[] = [0x37, 0x7f, 0x06];
/** Length of that header, in bytes. */
export const LOG_HEADER_SIZE = 32;
/**
 * Length in bytes of what stands before each page: its number, the size of the database if the frame is the
 * last one of a transaction, salts, sums.
 */
const FRAME_HEADER_SIZE = 24;

/** Two running sums, as SQLite makes them: each is made from the one before. */
type Sums = readonly [number, number];

/**
 * What is damaged in a log that no program has open, in words; null if nothing is.
 *
 * SQLite reads such a log up to the first frame that is not as it was written, and takes that for the
 * end. So it is after a power cut amid a write. But if there are whole transactions behind that frame,
 * they were written, and would be lost without a word.
 *
 * @param file its descriptor.
 */
export function damageOfLog(file: number): string | null {
  const { size } = fstatSync(file);
  return size <= LOG_HEADER_SIZE ? null : new Log(file, size).damage();
}

/** The bytes of a log (https://sqlite.org/fileformat2.html#the_write_ahead_log). */
class Log {
  readonly #file: number;
  readonly #size: number;
  readonly #header: DataView;
  /** Do the sums take the bytes of a number with the lowest first? */
  readonly #isLittleEndian: boolean;

  constructor(file: number, size: number) {
    this.#file = file;
    this.#size = size;
    this.#header = new DataView(new ArrayBuffer(LOG_HEADER_SIZE));
    this.#read(this.#header, 0);
    this.#isLittleEndian = (this.#header.getUint8(3) & 1) === 0;
  }

  damage(): string | null {
    const header = this.#header;
    const pageSize = header.getUint32(8);
    const [first, second] = this.#sums([0, 0], header, 0, 24);
    const isSound = LOG_MAGIC.every((byte, index) => header.getUint8(index) === byte) &&
      first === header.getUint32(24) && second === header.getUint32(28) &&
      pageSize >= 512 && pageSize <= 65536;
    if (!isSound) return "its beginning is not as it was written, and nothing in it can be read";
    return this.#damageInFrames(pageSize, [first, second]);
  }

  #damageInFrames(pageSize: number, sums: Sums): string | null {
    const frameSize = FRAME_HEADER_SIZE + pageSize;
    const frame = new DataView(new ArrayBuffer(frameSize));
    let before = sums;
    let damagedAt = -1;
    let lost = 0;
    for (let at = LOG_HEADER_SIZE; at + frameSize <= this.#size; at += frameSize) {
      this.#read(frame, at);
      // What the frame says of itself is what the next one goes on with.
      const said: Sums = [frame.getUint32(16), frame.getUint32(20)];
      const isSound = this.#isOfThisLog(frame) && this.#isSound(frame, before, said);
      before = said;
      if (!isSound && damagedAt < 0) damagedAt = at;
      const isCommit = frame.getUint32(4) > 0;
      if (isSound && damagedAt >= 0 && isCommit) lost++;
    }
    if (lost === 0) return null;
    const doubt = lost > 1 ? "" : " (one, which after a power cut may not have been promised)";
    return `from byte ${damagedAt} on it is not as it was written; transactions behind that, ` +
      `which are lost: ${lost}${doubt}`;
  }

  /** Those behind its end are of an earlier one in the same file. */
  #isOfThisLog(frame: DataView): boolean {
    const header = this.#header;
    return frame.getUint32(8) === header.getUint32(16) &&
      frame.getUint32(12) === header.getUint32(20);
  }

  #isSound(frame: DataView, before: Sums, said: Sums): boolean {
    const head = this.#sums(before, frame, 0, 8);
    const [first, second] = this.#sums(head, frame, FRAME_HEADER_SIZE, frame.byteLength);
    return first === said[0] && second === said[1];
  }

  #sums([first, second]: Sums, view: DataView, start: number, end: number): Sums {
    const isLittleEndian = this.#isLittleEndian;
    for (let at = start; at < end; at += 8) {
      first = (first + view.getUint32(at, isLittleEndian) + second) | 0;
      second = (second + view.getUint32(at + 4, isLittleEndian) + first) | 0;
    }
    return [first >>> 0, second >>> 0];
  }

  #read(into: DataView, at: number): void {
    readSync(this.#file, into, 0, into.byteLength, at);
  }
}
