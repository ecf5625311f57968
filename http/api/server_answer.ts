import { residentBytes } from "../../transport/process_usage.ts";
import type { Rights } from "../access/env.ts";
import { timeText } from "./json.ts";
import type { ApiParts } from "./parts.ts";
import type { ServerAnswer } from "./types.ts";

/** The server as a whole, for somebody with these rights. */
export function serverAnswer({ parts, loopDelay }: ApiParts, rights: Rights): ServerAnswer {
  const { router, server, clock } = parts;
  const totals = router.facts.totals();
  const notReady = router.facts.notReady();
  const { store, cluster } = server;
  return {
    version: server.version,
    commit: server.commit || null,
    uptimeSeconds: (clock.epoch() - server.startedAt) / 1000,
    ...(router.options.pid > 0 && { pid: router.options.pid }),
    ready: notReady === null,
    notReady: notReady === null ? null : notReady.text,
    connections: totals.connections,
    workers: totals.workers,
    sleeping: totals.sleeping,
    functions: totals.functions,
    jobs: totals.jobs,
    waiting: totals.waiting,
    scheduled: totals.scheduled,
    running: totals.running,
    jobMemoryBytes: totals.jobMemory,
    memoryBytes: residentBytes(),
    eventLoopDelaySeconds: loopDelay.recent,
    store: store === null ? null : {
      kind: store.name,
      ...(store.bytes !== null && { fileBytes: store.bytes }),
      ...(store.commits > 0 && { commitSeconds: store.lastCommitSeconds }),
      errors: store.errors,
    },
    cluster: cluster === null
      ? null
      : { name: cluster.name, queue: cluster.queue, unreachable: cluster.unreachable },
    readOnly: rights.readOnly,
    payloads: rights.payloads,
    draining: router.intake.room.isDraining,
    warnings: server.warnings.map(({ at, level, text }) => ({ at: timeText(at), level, text })),
  };
}
