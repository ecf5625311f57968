import type { Job, Peer, Router } from "../../router/mod.ts";
import { peerAnswer, textOf, timeTextOrNull } from "./json.ts";
import type { ConnectionAnswer } from "./types.ts";

/** So many of its jobs and of its functions are listed at most: a worker may have very many. */
const MOST_LISTED = 100;

/** What a connection does. */
export function connectionAnswer(router: Router, peer: Peer): ConnectionAnswer {
  const facts = router.facts.connection(peer);
  const jobs = jobsOf(peer);
  const { address, ...names } = peerAnswer(facts);
  return {
    ...names,
    address: address!,
    role: roleOf(peer),
    functions: facts.functions.slice(0, MOST_LISTED).map(textOf),
    running: jobs.map(({ handle }) => handle),
    runningSince: timeTextOrNull(runningSince(router, peer)),
    waitingFor: facts.waitingFor,
    sleeping: facts.isSleeping,
    quiet: facts.isQuiet,
    jobsDone: facts.jobsDone,
    lastPacketSeconds: (facts.silence ?? facts.age) / 1000,
    connectedSeconds: facts.age / 1000,
  };
}

/** What it has been so far. */
export function roleOf(peer: Peer): ConnectionAnswer["role"] {
  const isWorker = peer.abilities.length > 0 || peer.jobs > 0 || peer.jobsDone > 0;
  const isClient = peer.hasSubmitted || peer.subscriptions > 0;
  if (isWorker) return isClient ? "both" : "worker";
  return isClient ? "client" : "none";
}

function jobsOf(peer: Peer): Job[] {
  const jobs: Job[] = [];
  for (let job = peer.firstJob; job !== null && jobs.length < MOST_LISTED; job = job.next) {
    jobs.push(job);
  }
  return jobs;
}

/** Since when its oldest run goes on, in milliseconds since the Unix epoch; null if it runs nothing. */
export function runningSince({ history }: Router, peer: Peer): number | null {
  const starts = jobsOf(peer).flatMap((job) => history?.runs(job).at(-1)?.started ?? []);
  return starts.length === 0 ? null : Math.min(...starts);
}
