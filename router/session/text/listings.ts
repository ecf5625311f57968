import { errorLine, escapeName } from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import type { Job } from "../../model/job.ts";
import type { Subscriber } from "../../model/subscriber.ts";
import { peerAddress } from "../../model/peer_facts.ts";
import type { Router } from "../../router.ts";
import type { TextAnswer } from "./command.ts";

const END = ".\n";

/** `status`: function, jobs in all, running ones, workers (C). */
export function* status({ router }: Connection): Generator<string> {
  for (const func of router.functions.values()) {
    yield `${escapeName(func.name)}\t${func.live}\t${func.running}\t${func.workers}\n`;
  }
  yield END;
}

/** `prioritystatus`: function, waiting jobs of high, normal and low priority, workers (C). */
export function* prioritystatus({ router }: Connection): Generator<string> {
  for (const func of router.functions.values()) {
    const waiting = `${func.waitingAt(0)}\t${func.waitingAt(1)}\t${func.waitingAt(2)}`;
    yield `${escapeName(func.name)}\t${waiting}\t${func.workers}\n`;
  }
  yield END;
}

/** `workers`: number, address and client id of every connection, and what it can do (C). */
export function* workers({ router }: Connection): Generator<string> {
  for (const connection of router.peers.now()) {
    const { hostname } = connection.peer;
    // A worker may have as many as there are functions, and they may change before all are written.
    const abilities = connection.abilities.slice();
    yield `${connection.id} ${hostname} ${escapeName(connection.clientId)} :`;
    // The C server puts a new ability before the others.
    for (let index = abilities.length - 1; index >= 0; index--) {
      yield " " + escapeName(abilities[index].func.name);
    }
    yield "\n";
  }
  yield END;
}

/** `show jobs` and `show unique jobs` (C). */
export function show({ router }: Connection, words: string[]): TextAnswer {
  if (words.length === 1) return null;
  const what = words.slice(1).join(" ").toLowerCase();
  if (what === "jobs") return rowsOfJobs(router, jobLine);
  if (what === "unique jobs") return rowsOfJobs(router, uniqueLine);
  return errorLine("UNKNOWN_SHOW_ARGUMENTS");
}

/** `jobs`: function, unique, address of the worker, number of listening clients (Perl). */
export function jobs({ router }: Connection): Generator<string> {
  return rowsOfJobs(router, (job) => `${functionUniqueWorker(job)}\t${job.subscriberCount}\n`);
}

function* rowsOfJobs(router: Router, rowOf: (job: Job) => string): Generator<string> {
  for (const job of router.jobs.snapshot()) yield rowOf(job);
  yield END;
}

/** Handle, lost workers, whether it is ignored (here never), whether it is in the background. */
function jobLine(job: Job): string {
  return `${job.handle}\t${job.losses}\t0\t${job.background ? 1 : 0}\n`;
}

/** A unique that is a dot would end the listing for whoever reads it. */
function uniqueLine(job: Job): string {
  const text = unique(job);
  return text === "." ? "%2E\n" : text + "\n";
}

/** `clients`: the address of every connection, then the jobs it listens to (Perl). */
export function* clients({ router }: Connection): Generator<string> {
  for (const connection of router.peers.now()) {
    yield peerAddress(connection.peer) + "\n";
    // The newest is first in the connection's list.
    const listeners: Subscriber[] = [];
    let listener = connection.firstSubscriber;
    for (; listener !== null; listener = listener.nextOfRecipient) {
      listeners.push(listener);
      yield "";
    }
    for (const { joins, job } of listeners.reverse()) {
      yield joins === 0 ? "" : `\t${functionUniqueWorker(job)}\n`;
    }
  }
  yield END;
}

/**
 * `ready`: does the server serve? Not while it reads stored jobs or stops, or when it has lost its
 * store (an addition of ours).
 */
export function ready({ router }: Connection): string {
  if (router.hasStopBegun) return errorLine("NOT_READY", "The server is stopping");
  if (router.isLoading) return errorLine("NOT_READY", "Stored jobs are being read");
  if (router.durability?.isLost) {
    return errorLine("NOT_READY", "The store was deleted, replaced or cut: the log says more");
  }
  return "OK ready\n";
}

/** `gladiator`: how many objects of each kind live (Perl, where it names Perl's own classes). */
export function gladiator({ router }: Connection): string {
  const counts: [number, string][] = [
    [router.connections.size, "Connection"],
    [router.functions.size, "FunctionQueue"],
    [router.jobs.size, "Job"],
    [router.timers.size, "Timer"],
  ];
  counts.sort(([a], [b]) => a - b);
  return counts.map(([count, name]) => `${String(count).padStart(7)} ${name}\n`).join("") + END;
}

function functionUniqueWorker(job: Job): string {
  const worker = job.worker === null ? "-" : peerAddress(job.worker.peer);
  return `${escapeName(job.func.name)}\t${unique(job)}\t${worker}`;
}

function unique(job: Job): string {
  return escapeName(job.body, job.uniqueStart, job.uniqueEnd);
}
