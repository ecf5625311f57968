import type { ClusterFacts, ServerFacts, StoreFacts } from "../http/parts.ts";
import type { WriteCounts } from "../durability/write_counts.ts";
import type { UnreadOutput } from "../transport/outgoing.ts";
import { commitOfBuild } from "../transport/machine.ts";
import type { RecentWarnings } from "./log.ts";
import type { ServerOptions } from "./options.ts";
import { VERSION } from "../version.ts";

/**
 * What is known of a server besides its router, at any moment.
 *
 * @param startedAt in milliseconds since the Unix epoch.
 * @param written what was written to its store, if it has one.
 */
export function factsOfServer(
  startedAt: number,
  unread: UnreadOutput,
  { store: own, sharedQueue }: Pick<ServerOptions, "store" | "sharedQueue">,
  written: WriteCounts | undefined,
  warnings: RecentWarnings | null,
  cluster: ClusterFacts | null,
): ServerFacts {
  const store: { readonly name: string; readonly size?: number } | undefined = own ?? sharedQueue;
  return {
    version: VERSION,
    commit: commitOfBuild(),
    startedAt,
    cluster,
    get warnings() {
      return warnings?.last ?? [];
    },
    get unsentBytes() {
      return unread.size;
    },
    get store() {
      if (store === undefined || written === undefined) return null;
      return factsOfStore(store.name, store.size, written);
    },
  };
}

function factsOfStore(name: string, bytes: number | undefined, counts: WriteCounts): StoreFacts {
  const { commits, jobs, errors, seconds, lastSeconds } = counts;
  return {
    name,
    bytes: bytes ?? null,
    commits,
    commitSeconds: seconds,
    lastCommitSeconds: lastSeconds,
    jobs,
    errors,
  };
}
