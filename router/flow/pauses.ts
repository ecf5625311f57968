import { byteString, decodeName, encodeName } from "../../protocol/mod.ts";
import { SortedNames } from "../containers/sorted_names.ts";
import type { Cluster } from "../cluster.ts";
import type { RouterLog } from "../log/router_log.ts";
import { Closed, type FunctionQueue } from "../model/function_queue.ts";
import type { Pause } from "../model/pause.ts";
import { Timer } from "../model/timer.ts";
import type { FunctionTable } from "./function_table.ts";
import type { Records } from "./records.ts";
import type { Timers } from "./timers.ts";
import type { WaitingJobs } from "./waiting.ts";

/** Most pauses at once: each takes memory, and room in the store, and its function need not exist. */
const MOST_PAUSES = 10_000;

/** What the records of pauses are called in the store: the key is the name, the value JSON. */
const KIND = "pause";

/** What {@linkcode Pauses} need. */
export interface PausesParts {
  readonly records: Records;
  readonly functions: FunctionTable;
  readonly timers: Timers;
  readonly log: RouterLog;
  readonly cluster: Cluster | null;
}

/** A pause, and what ends it. */
interface Kept {
  readonly pause: Pause;
  readonly timer: Timer | null;
}

/**
 * Which functions are paused: their jobs are taken in, and become due, but no worker gets them and
 * nobody is woken for them. A pause holds for the name: a function that is made later is paused too. With
 * a store, pauses are there after a restart.
 */
export class Pauses {
  readonly #parts: PausesParts;
  readonly #waiting: WaitingJobs;
  readonly #kept = new Map<string, Kept>();
  readonly #sorted = new SortedNames<Pause>();

  /** @param waiting where functions are closed and opened. */
  constructor(parts: PausesParts, waiting: WaitingJobs) {
    this.#parts = parts;
    this.#waiting = waiting;
    parts.functions.onMade.push((func) => {
      if (this.#kept.size > 0) this.#hold(func, this.of(func.name));
    });
    parts.records.restore(KIND, (key, value) => {
      const pause = value === null ? null : pauseIn(key.slice(), value);
      // Another server may have changed one that there was.
      this.#drop(key);
      if (pause !== null) this.#keep(pause);
    });
  }

  /** The pause of a function, which need not exist; null if it is not paused. */
  of(name: Uint8Array): Pause | null {
    return this.#kept.get(byteString(name))?.pause ?? null;
  }

  /** The pauses by the names of their functions. They may change meanwhile. */
  values(): Iterable<Pause> {
    return this.#sorted.values();
  }

  /** May this function be paused? Not if very many are. */
  hasRoomFor(name: Uint8Array): boolean {
    return this.#kept.size < MOST_PAUSES || this.of(name) !== null;
  }

  /** Pauses a function, or says anew why and until when. */
  set(pause: Pause): void {
    this.#take(pause.name);
    this.#keep(pause);
    const { since, until, by, reason } = pause;
    const text = JSON.stringify({ since, until, by, reason });
    this.#parts.records.set(KIND, pause.name, encodeName(text));
  }

  #keep(pause: Pause): void {
    const { name, until } = pause;
    const timer = until === null ? null : new Timer(() => this.#isOver(name));
    this.#kept.set(byteString(name), { pause, timer });
    this.#sorted.add(pause);
    const func = this.#parts.functions.find(name, 0, name.length);
    if (func !== undefined) this.#hold(func, pause);
    if (timer !== null) this.#parts.timers.setDueTime(timer, until!);
  }

  /** Workers get the jobs of a function again. Returns false if it was not paused. */
  end(name: Uint8Array): boolean {
    if (!this.#drop(name)) return false;
    this.#parts.records.remove(KIND, name);
    return true;
  }

  #drop(name: Uint8Array): boolean {
    if (!this.#take(name)) return false;
    const func = this.#parts.functions.find(name, 0, name.length);
    if (func !== undefined) this.#hold(func, null);
    return true;
  }

  #isOver(name: Uint8Array): void {
    // Of servers that share pauses each ends it by itself: a further one may be under way.
    if (this.#parts.cluster === null) this.end(name);
    else this.#drop(name);
    this.#parts.log.resumed(name, null, "its time is over");
  }

  #hold(func: FunctionQueue, pause: Pause | null): void {
    func.pause = pause;
    if (pause === null) this.#waiting.open(func, Closed.PAUSED);
    else this.#waiting.close(func, Closed.PAUSED);
  }

  #take(name: Uint8Array): boolean {
    const key = byteString(name);
    const kept = this.#kept.get(key);
    if (kept === undefined) return false;
    if (kept.timer !== null) this.#parts.timers.clearDueTime(kept.timer);
    this.#kept.delete(key);
    this.#sorted.remove(kept.pause);
    return true;
  }
}

/** The pause in a record; null if it is of another version, which has other fields. */
function pauseIn(name: Uint8Array, value: Uint8Array): Pause | null {
  const { since, until, by, reason } = JSON.parse(decodeName(value));
  const isPause = typeof since === "number" && (until === null || typeof until === "number") &&
    typeof by === "string" && typeof reason === "string";
  return isPause ? { name, since, until, by, reason } : null;
}
