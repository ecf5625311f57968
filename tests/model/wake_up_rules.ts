import { assert, assertEquals } from "@std/assert";
import type { Model } from "./model.ts";
import { room, waiting } from "./model_queues.ts";
import type { ModelPeer } from "./model_state.ts";

/**
 * Who may and who must get a NOOP. The rules leave it open which of several sleepers are woken, so
 * what the router did is held against them instead of being predicted:
 *
 * - only sleeping workers are woken, for a function that they can do and that has got work;
 * - for a job that begins to wait, as many that with those woken before, who have not looked yet, there
 *   are `wakeup` for one job and one more for each further one, but not more than `wakeup` at a time;
 *   `wakeup` whatever came before if nobody is ever woken later; or all there are; those that were
 *   woken before a job had waited too long do not count any more;
 * - one that sleeps on beside work is woken, or others are, within `wakeupDelay`;
 * - nobody for a function of which no more jobs may run;
 * - one that never worked is not woken before one that has just worked.
 */
export class WakeUpRules {
  readonly #model: Model;
  readonly #wakeup: number;
  /** Milliseconds; -1 never. */
  readonly #delay: number;
  /** When somebody must have been woken at the latest, by function. */
  readonly #wakeBy = new Map<string, number>();
  /** The functions whose jobs have waited too long in this step. */
  readonly #late = new Set<string>();

  constructor(model: Model) {
    const { wakeup, wakeupDelay } = model.rules;
    this.#model = model;
    this.#wakeup = wakeup === -1 ? Infinity : wakeup;
    this.#delay = wakeupDelay === -1 || wakeup === 0 ? -1 : wakeupDelay * 1000;
  }

  /** The time up to which the clock may move at once so that each wake-up can be seen by itself. */
  nextDeadline(): number {
    return Math.min(...this.#wakeBy.values());
  }

  /** Takes what the passing of time may do, and must do, into the step. */
  timePassed(): void {
    if (this.#delay < 0) return;
    for (const func of this.#model.functions.keys()) {
      if (waiting(this.#model, func).length === 0) continue;
      const isDue = this.#wakeBy.has(func) && this.#wakeBy.get(func)! <= this.#model.now;
      if (isDue) this.#late.add(func);
      if (isDue) this.#model.wakes.push(func);
      else this.#model.mayWake.push(func);
    }
  }

  /** Checks the NOOPs of a step after the model has taken it. */
  check(noops: readonly ModelPeer[], didTimePass: boolean): void {
    const { wakes, mayWake, mustWake } = this.#model;
    this.#mayHaveOpened();
    assertEquals(new Set(noops).size, noops.length, "a worker was woken twice");
    for (const peer of mustWake) assert(noops.includes(peer), `${peer.port} was not woken`);
    const woken = noops.filter((peer) => !mustWake.includes(peer));
    for (const peer of woken) {
      assert(peer.isSleeping, `${peer.port} was woken but is awake`);
      assert(!peer.isQuiet, `${peer.port} was woken but is quiet`);
      const reason = peer.abilities.some(({ func }) => [...wakes, ...mayWake].includes(func));
      assert(reason, `${peer.port} was woken for no work of its own`);
    }
    const isCooperative = didTimePass && this.#delay === 0;
    if (!isCooperative) {
      const most = this.#wakeup * (wakes.length + mayWake.length) || 0;
      assert(woken.length <= most, `${woken.length} workers were woken, not ${most}`);
    }
    for (const func of new Set(wakes)) {
      this.#checkEnough(func, isCooperative ? Infinity : this.#leastFor(func), woken);
    }
    for (const peer of this.#model.peers) {
      peer.countsFor = peer.countsFor.filter((func) => !this.#late.has(func));
    }
    this.#late.clear();
    const [func, ...others] = new Set([...wakes, ...mayWake]);
    if (func !== undefined && others.length === 0) this.#checkOrder(func, woken);
    for (const peer of noops) this.#wakeUp(peer);
    this.#setDeadlines(woken);
  }

  /** Workers may be woken for all jobs of a function at once of which more may run now. */
  #mayHaveOpened(): void {
    for (const func of this.#model.functions.keys()) {
      if (room(this.#model, func) === Infinity) continue;
      this.#model.mayWake.push(...waiting(this.#model, func).map(() => func));
    }
  }

  #sleepers(func: string): ModelPeer[] {
    return this.#model.peers.filter((peer) =>
      peer.isSleeping && !peer.isQuiet && canDo(peer, func)
    );
  }

  /** How many must be woken now for jobs of a function, at the least. */
  #leastFor(func: string): number {
    const times = this.#model.wakes.filter((other) => other === func).length;
    if (this.#delay < 0) return this.#wakeup * times || 0;
    if (this.#late.has(func)) return this.#wakeup;
    const before =
      this.#model.peers.filter((peer) =>
        peer.wokenFor.includes(func) && peer.countsFor.includes(func)
      ).length;
    const most = waiting(this.#model, func).length + this.#wakeup - 1;
    const lacking = Math.min(most, room(this.#model, func)) - before;
    return Math.min(this.#wakeup * times || 0, lacking);
  }

  #checkEnough(func: string, wanted: number, woken: ModelPeer[]): void {
    const asleep = this.#sleepers(func).filter((peer) => !woken.includes(peer));
    const count = woken.filter((peer) => canDo(peer, func)).length;
    assert(
      asleep.length === 0 || count >= wanted,
      `${count} workers were woken for ${func}, not ${wanted}, and ${asleep.length} sleep on`,
    );
  }

  #checkOrder(func: string, woken: ModelPeer[]): void {
    const first = this.#sleepers(func).find((peer) =>
      peer.firstFor.includes(func) && !woken.includes(peer)
    );
    const wrong = woken.find((peer) => !peer.hasEverWorked);
    assert(
      first === undefined || wrong === undefined,
      `${wrong?.port} was woken for ${func} before ${first?.port}, which has just worked`,
    );
  }

  #wakeUp(peer: ModelPeer): void {
    const { wakes, mayWake, mustWake } = this.#model;
    peer.isSleeping = false;
    if (!mustWake.includes(peer)) {
      const functions = new Set([...wakes, ...mayWake]);
      peer.wokenFor = [...functions].filter((func) => canDo(peer, func));
    }
    peer.countsFor = peer.wokenFor;
  }

  #setDeadlines(woken: ModelPeer[]): void {
    for (const func of this.#model.functions.keys()) {
      const isLate = this.#delay >= 0 && waiting(this.#model, func).length > 0 &&
        this.#sleepers(func).length > 0;
      if (!isLate) this.#wakeBy.delete(func);
      else if (!this.#wakeBy.has(func) || woken.some((peer) => canDo(peer, func))) {
        this.#wakeBy.set(func, this.#model.now + this.#delay);
      }
    }
  }
}

function canDo(peer: ModelPeer, func: string): boolean {
  return peer.abilities.some((ability) => ability.func === func);
}
