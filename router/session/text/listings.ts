import { errorLine, escapeName } from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import type { JobFacts } from "../../facts.ts";
import type { Subscriber } from "../../model/subscriber.ts";
import { peerAddress } from "../../model/peer.ts";
import type { Wait } from "../../everywhere.ts";
import { answerTo, END } from "./answers.ts";
import type { Rows, TextAnswer } from "./rows.ts";
import { showSchedules } from "./schedules.ts";
import { showServers } from "./servers.ts";
import { showDead } from "./tables.ts";

/** `status`: function, jobs in all, running ones, workers (C). */
export function status({ router }: Connection): Rows {
  return rowsOf(
    router.facts.functions(),
    ({ name, jobs, running, workers }) => `${escapeName(name)}\t${jobs}\t${running}\t${workers}\n`,
  );
}

/**
 * `prioritystatus`: function, waiting jobs of high, normal and low priority, scheduled ones included,
 * workers (C).
 */
export function prioritystatus({ router }: Connection): Rows {
  return rowsOf(router.facts.functions(), ({ name, priorities, scheduled, workers }) => {
    const waiting = priorities.map((count, priority) => count + scheduled[priority]);
    return `${escapeName(name)}\t${waiting.join("\t")}\t${workers}\n`;
  });
}

/** `workers`: number, address and client id of every connection, and what it can do (C). */
export function* workers({ router }: Connection): Generator<string> {
  for (const fact of router.facts.connections()) {
    if (fact === null) continue;
    const { id, address, clientId, functions } = fact;
    yield `${id} ${address.hostname} ${escapeName(clientId)} :`;
    // A worker may have as many as there are functions. The C server puts a new one before the others.
    for (let index = functions.length - 1; index >= 0; index--) {
      yield " " + escapeName(functions[index]);
    }
    yield "\n";
  }
  yield END;
}

/** `show jobs` and `show unique jobs` (C), `show servers`, `show schedules` and `show dead` (ours). */
export function show(connection: Connection, words: string[]): TextAnswer {
  if (words.length === 1) return null;
  const { router } = connection;
  const what = words.slice(1).join(" ").toLowerCase();
  if (what === "jobs") return rowsOf(router.facts.allJobs(), jobLine);
  if (what === "servers") return showServers(connection);
  if (what === "schedules") return showSchedules(connection);
  if (words[1].toLowerCase() === "dead" && words.length < 4) return showDead(connection, words[2]);
  if (what === "unique jobs") return rowsOf(router.facts.allJobs(), uniqueLine);
  return errorLine("UNKNOWN_SHOW_ARGUMENTS");
}

/** `jobs`: function, unique, address of the worker, number of listening clients (Perl). */
export function jobs({ router }: Connection): Rows {
  const line = (job: JobFacts) => `${functionUniqueWorker(job)}\t${job.clients}\n`;
  return rowsOf(router.facts.allJobs(), line);
}

function* rowsOf<Fact extends object>(
  facts: Iterable<Fact | null | Wait>,
  rowOf: (fact: Fact) => string,
): Generator<string | Wait> {
  for (const fact of facts) {
    if (fact === null) yield "";
    else yield typeof fact === "function" ? fact : rowOf(fact);
  }
  yield END;
}

/** Handle, lost workers, whether it is ignored (here never), whether it is in the background. */
function jobLine({ handle, losses, background }: JobFacts): string {
  return `${handle}\t${losses}\t0\t${background ? 1 : 0}\n`;
}

/** A unique that is a dot would end the listing for whoever reads it. */
function uniqueLine({ unique }: JobFacts): string {
  const text = escapeName(unique);
  return text === "." ? "%2E\n" : text + "\n";
}

/** `clients`: the address of every connection, then the jobs it listens to (Perl). */
export function* clients({ router }: Connection): Generator<string> {
  for (const connection of router.peers.now()) {
    yield peerAddress(connection.peer) + "\n";
    // The newest is first in the connection's list.
    const subscribers: Subscriber[] = [];
    let subscriber = connection.firstSubscriber;
    for (; subscriber !== null; subscriber = subscriber.nextOfRecipient) {
      subscribers.push(subscriber);
      yield "";
    }
    for (const { joins, job } of subscribers.reverse()) {
      yield joins === 0 ? "" : `\t${functionUniqueWorker(router.facts.job(job))}\n`;
    }
  }
  yield END;
}

/**
 * `ready`: does the server serve? Not while it reads stored jobs or stops, or when it has lost its
 * store (an addition of ours).
 */
export function ready({ router }: Connection): string {
  const reason = router.facts.notReady();
  return answerTo(reason, "OK ready\n");
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

function functionUniqueWorker({ function: name, unique, worker }: JobFacts): string {
  const address = worker === null ? "-" : peerAddress(worker.address!);
  return `${escapeName(name)}\t${escapeName(unique)}\t${address}`;
}
