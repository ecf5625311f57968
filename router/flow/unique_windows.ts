import { byteString } from "../../protocol/mod.ts";
import type { Clock } from "../clock.ts";
import { ByteHash, DIGEST_LENGTH } from "../containers/byte_hash.ts";
import { IndexedHeap } from "../containers/indexed_heap.ts";
import type { RouterLog } from "../log/router_log.ts";
import { Timer } from "../model/timer.ts";
import type { RouterOptions } from "../options.ts";
import type { Records } from "./records.ts";
import type { Timers } from "./timers.ts";
import type { SubmittedKey } from "./unique_index.ts";

/** All windows together may take so much memory, in bytes, */
const MOST_MEMORY = 128 * 2 ** 20;
/** of which each takes so much besides its key: what was measured, rounded up. */
const MEMORY_OF_EACH = 320;
/** So many end in one turn. */
const ENDED_IN_A_TURN = 1024;
/**
 * What the records of windows are called in the store: the key is that of the window, the value its end and
 * the number of its job. One without a key has the secret of the digests.
 */
const KIND = "unique-window";
const SECRET = new Uint8Array(0);

/** What {@linkcode UniqueWindows} need. */
export interface UniqueWindowsParts {
  readonly options: RouterOptions;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly records: Records;
  readonly log: RouterLog;
}

/** A unique that no other job may have for a while, as one with it was completed. */
export interface UniqueWindow {
  /** The function and the unique, as the store has them. */
  readonly key: Uint8Array;
  /** Until when, in milliseconds since the Unix epoch. */
  readonly until: number;
  /** The number of the job. */
  readonly number: number;
  /** Its place among them. */
  heapIndex: number;
}

/**
 * The uniques of jobs that are completed, for as long as a rule or the client of a job says. With a store they
 * are there after a restart. If they are too many, those go that would be over first.
 */
export class UniqueWindows {
  readonly #parts: UniqueWindowsParts;
  readonly #byKey = new Map<string, UniqueWindow>();
  readonly #inOrder = new IndexedHeap<UniqueWindow>((a, b) => a.until < b.until);
  readonly #timer = new Timer(() => this.#ring());
  #memory = 0;
  /** Makes the digests of payloads that are keys: the same ones after a restart. */
  #hash: ByteHash;
  #isSecretStored = false;
  /** How many had to go before they were over. */
  driven = 0;

  /** There are none but those in the records. */
  constructor(parts: UniqueWindowsParts) {
    this.#parts = parts;
    this.#hash = new ByteHash(parts.options.hashKey);
    parts.records.restore(KIND, (key, value) => {
      if (value === null) return;
      const view = new DataView(value.buffer, value.byteOffset);
      if (key.length > 0) return this.#add(key.slice(), view.getFloat64(0), view.getFloat64(8));
      this.#hash = new ByteHash([view.getInt32(0), view.getInt32(4)]);
      this.#isSecretStored = true;
    });
  }

  /** How many there are. */
  get size(): number {
    return this.#byKey.size;
  }

  /** The one of this key, if there is one. */
  find(name: Uint8Array, key: SubmittedKey): UniqueWindow | null {
    if (this.size === 0) return null;
    const window = this.#byKey.get(byteString(this.#keyOf(name, key)));
    return window === undefined || window.until <= this.#parts.clock.epoch() ? null : window;
  }

  /** A job with this key is completed: the window begins, in the place of an earlier one. */
  begin(name: Uint8Array, key: SubmittedKey, number: number, until: number): void {
    const { records } = this.#parts;
    const bytes = this.#keyOf(name, key);
    if (key.byPayload && !this.#isSecretStored) this.#storeSecret();
    const value = new Uint8Array(16);
    const view = new DataView(value.buffer);
    view.setFloat64(0, until);
    view.setFloat64(8, number);
    records.set(KIND, bytes, value);
    this.#add(bytes, until, number);
  }

  #storeSecret(): void {
    const { records, options } = this.#parts;
    const value = new Uint8Array(8);
    const view = new DataView(value.buffer);
    options.hashKey.forEach((half, index) => view.setInt32(4 * index, half));
    records.set(KIND, SECRET, value);
    this.#isSecretStored = true;
  }

  /** The name, a NUL, which it has none of, and the unique, or a NUL and the digest of the payload. */
  #keyOf(name: Uint8Array, { byPayload, bytes, start, end }: SubmittedKey): Uint8Array {
    const length = byPayload ? 1 + DIGEST_LENGTH : end - start;
    const key = new Uint8Array(name.length + 1 + length);
    key.set(name);
    const from = name.length + 1;
    if (byPayload) this.#hash.digest(bytes, start, end, key, from + 1);
    else key.set(bytes.subarray(start, end), from);
    return key;
  }

  #add(key: Uint8Array, until: number, number: number): void {
    const text = byteString(key);
    const former = this.#byKey.get(text);
    if (former !== undefined) this.#forget(former, text);
    const window: UniqueWindow = { key, until, number, heapIndex: -1 };
    this.#byKey.set(text, window);
    this.#inOrder.push(window);
    this.#memory += MEMORY_OF_EACH + 2 * key.length;
    while (this.#memory > MOST_MEMORY) this.#driveOut(this.#inOrder.peek()!);
    this.#arm();
  }

  #driveOut(window: UniqueWindow): void {
    this.driven++;
    this.#parts.log.windowDriven(window.key.subarray(0, window.key.indexOf(0)));
    this.#end(window);
  }

  #end(window: UniqueWindow): void {
    this.#forget(window, byteString(window.key));
    this.#parts.records.remove(KIND, window.key);
  }

  #forget(window: UniqueWindow, text: string): void {
    this.#byKey.delete(text);
    this.#inOrder.remove(window);
    this.#memory -= MEMORY_OF_EACH + 2 * window.key.length;
  }

  #arm(): void {
    const { timers } = this.#parts;
    const next = this.#inOrder.peek()?.until ?? Infinity;
    if (this.#timer.isSet && this.#timer.due === next) return;
    timers.clearDueTime(this.#timer);
    if (next < Infinity) timers.setDueTime(this.#timer, next);
  }

  #ring(): void {
    const now = this.#parts.clock.epoch();
    for (let count = 0; count < ENDED_IN_A_TURN; count++) {
      const first = this.#inOrder.peek();
      if (first === undefined || first.until > now) break;
      this.#end(first);
    }
    this.#arm();
  }
}
