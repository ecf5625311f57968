import type { LoggedWarning, ServerFacts, StoreFacts } from "../http/parts.ts";
import type { WriteCounts } from "../durability/write_counts.ts";
import type { Clock } from "../router/mod.ts";
import type { UnreadOutput } from "../transport/outgoing.ts";
import { commitOfBuild } from "../transport/machine.ts";
import type { ServerOptions } from "./options.ts";
import type { RecentWarnings } from "./recent_warnings.ts";
import { VERSION } from "../version.ts";

/** What is known of a server besides its router, at any moment. */
export class FactsOfServer implements ServerFacts {
  readonly version: string = VERSION;
  readonly commit: string = commitOfBuild();
  readonly startedAt: number;
  readonly #unread: UnreadOutput;
  readonly #store: { readonly name: string; readonly size?: number } | undefined;
  readonly #written: WriteCounts | null;
  readonly #warnings: RecentWarnings | null;

  /** Of a server that is being made. */
  constructor(
    clock: Clock,
    unread: UnreadOutput,
    { store, sharedQueue }: Pick<ServerOptions, "store" | "sharedQueue">,
    written: WriteCounts | null,
    warnings: RecentWarnings | null,
  ) {
    this.startedAt = clock.epoch();
    this.#unread = unread;
    this.#store = store ?? sharedQueue;
    this.#written = written;
    this.#warnings = warnings;
  }

  get warnings(): readonly LoggedWarning[] {
    return this.#warnings?.last ?? [];
  }

  get unsentBytes(): number {
    return this.#unread.size;
  }

  get store(): StoreFacts | null {
    if (this.#store === undefined || this.#written === null) return null;
    const { name, size = null } = this.#store;
    const { commits, jobs, errors, seconds, lastSeconds } = this.#written;
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
