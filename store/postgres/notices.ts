import type { QueueClock } from "./clock.ts";
import type { Session } from "./connection/session.ts";
import { arrayText } from "./values.ts";

/** How far apart notices are, in milliseconds: each makes commits of others wait. */
const APART = 5;

/** What a server was told by another one, or by an application. */
export type Notice =
  | { readonly kind: "work"; readonly functions: readonly number[] }
  | { readonly kind: "cancel" | "bury"; readonly numbers: readonly number[] }
  | { readonly kind: "functions" | "records" };

/** Reads a message; null if this version knows none such. */
export function noticeIn(message: string): Notice | null {
  const [kind, list = ""] = message.split(" ");
  const numbers = list === "" ? [] : list.split(",").map(Number);
  if (kind === "work") return { kind, functions: numbers };
  if (kind === "cancel" || kind === "bury") return { kind, numbers };
  return kind === "functions" || kind === "records" ? { kind } : null;
}

/**
 * Tells other servers of jobs that are ready: those whose workers wait for such. The first is told at
 * once, further ones together, a few milliseconds apart. What does not arrive is found by their polls.
 */
export class Waker {
  readonly #session: Session;
  readonly #clock: QueueClock;
  #ready = new Map<string, readonly [func: number, priority: number]>();
  #isResting = false;

  constructor(session: Session, clock: QueueClock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** Jobs of these queues are ready. */
  tell(queues: readonly (readonly [func: number, priority: number])[], me: number): void {
    for (const queue of queues) this.#ready.set(queue.join(), queue);
    if (this.#ready.size > 0 && !this.#isResting) this.#send(me);
  }

  #send(me: number): void {
    const queues = [...this.#ready.values()];
    this.#ready = new Map();
    this.#isResting = true;
    const parameters = [
      me,
      arrayText(queues.map(([func]) => func)),
      arrayText(queues.map(([, priority]) => priority)),
    ];
    this.#session.query("select @s.wake($1, $2::int[], $3::int[])", parameters).catch(() => {});
    this.#clock.after(APART, () => {
      this.#isResting = false;
      if (this.#ready.size > 0) this.#send(me);
    });
  }
}
