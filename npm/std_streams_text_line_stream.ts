/**
 * Stands in for `jsr:@std/streams/text-line-stream` where only npm is reachable: the lines come from
 * npm's `split2`. Of the options there is none; `allowCR` is not used in this project.
 *
 * @module
 */
import { Duplex } from "node:stream";
// @ts-types="npm:@types/split2@^4.2.3"
import split2 from "split2";

/** A transform stream from chunks of text to lines without their `\n` or `\r\n`. */
export class TextLineStream {
  /** The lines. */
  readonly readable: ReadableStream<string>;
  /** Takes the chunks. */
  readonly writable: WritableStream<string>;

  constructor() {
    const { readable, writable } = Duplex.toWeb(split2(/\r?\n/));
    this.readable = readable as unknown as ReadableStream<string>;
    this.writable = writable as unknown as WritableStream<string>;
  }
}
