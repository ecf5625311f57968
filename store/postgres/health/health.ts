import type { QueueClock } from "../clock.ts";
import type { Session } from "../connection/session.ts";
import { type HealthFact, readFacts } from "./facts.ts";
import { Pulse, TroubleReports } from "./pulse.ts";

/** How often the engine is asked, in milliseconds. */
const INTERVAL = 10_000;
type Report = (level: "ERROR" | "WARNING" | "NOTICE", message: string) => void;

/** What a server knows of the health of the engine. */
export class Health {
  readonly pulse: Pulse = new Pulse();
  readonly #clock: QueueClock;
  readonly #schema: string;
  readonly #report: Report;
  readonly #troubles: TroubleReports;
  readonly #failing = new Map<string, string>();
  #facts: readonly HealthFact[] = [];
  #askedAt = -Infinity;

  constructor(clock: QueueClock, schema: string, report: Report) {
    this.#clock = clock;
    this.#schema = schema;
    this.#report = report;
    this.#troubles = new TroubleReports(report);
  }

  /** What was seen last. */
  get facts(): readonly HealthFact[] {
    return [...this.#facts, ...this.pulse.facts()];
  }

  /** Asks the engine now and then. @param reports is this server to say what is wrong with it? */
  look(session: Session, reports: boolean): void {
    this.#troubles.see(this.pulse.facts());
    const now = this.#clock.now();
    if (now - this.#askedAt < INTERVAL || !session.isReady) return;
    this.#askedAt = now;
    readFacts(session, this.#schema).then((facts) => {
      this.#facts = facts;
      // One server says it for all.
      if (reports) this.#troubles.see(facts);
    }).catch(() => {});
  }

  /** A call fails again and again: said once for each cause. */
  failing(call: string, cause: string): void {
    if (this.#failing.get(call) === cause) return;
    this.#failing.set(call, cause);
    this.#report("ERROR", `a call is repeated (${call}): ${cause}`);
  }
}
