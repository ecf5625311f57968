import type { Clock } from "../clock.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import { Timer } from "../model/timer.ts";
import type { FunctionTable } from "./function_table.ts";
import type { Timers } from "./timers.ts";
import type { WakeUps } from "./wake_ups.ts";

/** What {@linkcode IdleFunctions} need. */
export interface IdleFunctionsParts {
  readonly functions: FunctionTable;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly wakeUps: WakeUps;
}

/**
 * Functions whose rule says that they are forgotten when they have had neither jobs nor workers for a
 * while. Their limits and pauses are kept. A timer looks when the while may be over: what a function is
 * used for meanwhile costs nothing.
 */
export class IdleFunctions {
  readonly #parts: IdleFunctionsParts;

  constructor(parts: IdleFunctionsParts) {
    this.#parts = parts;
    parts.functions.onMade.push((func) => this.begins(func));
  }

  /** A function has neither jobs nor workers now. */
  begins(func: FunctionQueue): void {
    const forgetAfter = func.rule?.forgetAfter ?? 0;
    if (forgetAfter === 0) return;
    const { clock, timers } = this.#parts;
    func.idleSince = clock.now();
    func.idleTimer ??= new Timer(() => this.#look(func));
    if (!func.idleTimer.isSet) timers.setDelay(func.idleTimer, forgetAfter);
  }

  /** A function has another rule, or none. */
  ruled(func: FunctionQueue): void {
    this.stop(func);
    if (!isUsed(func)) this.begins(func);
  }

  /** A function is dropped. */
  stop(func: FunctionQueue): void {
    if (func.idleTimer !== null) this.#parts.timers.clearDelay(func.idleTimer);
  }

  #look(func: FunctionQueue): void {
    const { functions, clock, timers, wakeUps } = this.#parts;
    const { name, maxQueue, rule, idleSince, idleTimer } = func;
    // When it has neither again, it begins anew.
    if (func.live > 0 || func.workers > 0 || functions.byId(func.id) !== func) return;
    const { forgetAfter } = rule!;
    const isLeft = isUsed(func) || func.dead > 0;
    const left = isLeft ? forgetAfter : idleSince + forgetAfter - clock.now();
    if (left > 0) return timers.setDelay(idleTimer!, left);
    wakeUps.forget(func);
    functions.remove(func);
    functions.setMaxQueue(name, maxQueue);
  }
}

/** Does it have jobs or workers, here or at another server? */
function isUsed({ live, workers, elsewhere }: FunctionQueue): boolean {
  return live + workers > 0 || elsewhere !== null && elsewhere.live + elsewhere.workers > 0;
}
