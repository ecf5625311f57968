import type { LoggedWarning, ServerFacts, StoreFacts } from "../http/parts.ts";
import type { DurableJobs } from "../durability/journal/durable_jobs.ts";
import type { JobStore } from "../store/store.ts";
import type { Clock } from "../router/mod.ts";
import type { UnreadOutput } from "../transport/outgoing.ts";
import { commitOfBuild } from "../transport/machine.ts";
import type { RecentWarnings } from "./recent_warnings.ts";
import { VERSION } from "../version.ts";

/** What is known of a server besides its router, at any moment. */
export class FactsOfServer implements ServerFacts {
  readonly version: string = VERSION;
  readonly commit: string = commitOfBuild();
  readonly startedAt: number;
  readonly #unread: UnreadOutput;
  readonly #store: JobStore | undefined;
  readonly #durable: DurableJobs | null;
  readonly #warnings: RecentWarnings | null;

  /** Of a server that is being made. */
  constructor(
    clock: Clock,
    unread: UnreadOutput,
    store: JobStore | undefined,
    durable: DurableJobs | null,
    warnings: RecentWarnings | null,
  ) {
    this.startedAt = clock.epoch();
    this.#unread = unread;
    this.#store = store;
    this.#durable = durable;
    this.#warnings = warnings;
  }

  get warnings(): readonly LoggedWarning[] {
    return this.#warnings?.last ?? [];
  }

  get unsentBytes(): number {
    return this.#unread.size;
  }

  get store(): StoreFacts | null {
    if (this.#store === undefined || this.#durable === null) return null;
    const { name, size = null } = this.#store;
    const { commits, jobs, errors, seconds, lastSeconds } = this.#durable.writer.counts;
    return {
      name,
      bytes: size,
      commits,
      commitSeconds: seconds,
      lastCommitSeconds: lastSeconds,
      jobs,
      errors,
    };
  }
}
