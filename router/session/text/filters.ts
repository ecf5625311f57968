/**
 * Which jobs, functions and connections a listing is to have, by filters such as `state` with a value.
 * Values are byte strings; names may have escapes for spaces and control characters.
 *
 * @module
 */
import { bytesOf, byteString, unescapeName } from "../../../protocol/mod.ts";
import { equalsRange } from "../../../protocol/buffer_pool.ts";
import { JOB_STATES, stateName } from "../../facts.ts";
import type { Job } from "../../model/job.ts";
import { factsOfPeer, type Peer, peerAddress, type PeerFacts, peerName } from "../../model/peer.ts";
import type { Fail } from "../../cluster.ts";
import type { Router } from "../../router.ts";
import { refusedWith } from "./answers.ts";
import { atOnceOrLater, type TextAnswer } from "./rows.ts";

/** Returns true for items that belong to the listing. */
export type Filter<Item> = (item: Item) => boolean;

/** Makes a filter of a value, or returns what is wrong with the value. */
export type FilterOf<Item> = (value: string, router: Router) => Filter<Item> | string;

/** The filters of a listing, by their names. */
export type Filters<Item> = Readonly<Record<string, FilterOf<Item>>>;

/** Something that has a name. */
export interface Named {
  readonly name: Uint8Array;
}

/** A filter that only jobs of a function pass. */
export function ofFunction(value: string, router: Router): Filter<Job> {
  const isNamed = byName(functionMeant(router, value));
  return ({ func }) => isNamed(func.name, 0, func.name.length);
}

/**
 * A filter that only jobs with a unique pass. A value with `%` means that very unique if a job has it,
 * or else the unique with escapes undone.
 */
export function withUnique(value: string, router: Router): Filter<Job> {
  const literal = bytesOf(value);
  const isLiteral = !value.includes("%") ||
    router.parked.newestWith(literal, 0, literal.length) !== null;
  const isNamed = byName(isLiteral ? literal : unescapeName(value));
  return ({ body, uniqueStart, uniqueEnd }) => isNamed(body, uniqueStart, uniqueEnd);
}

/** The filters of a listing of jobs. */
export const JOB_FILTERS: Filters<Job> = {
  function: ofFunction,
  unique: withUnique,
  state: (value) => {
    const wanted = JOB_STATES.find((state) => state === value.toLowerCase());
    if (wanted === undefined) return `state must be one of ${JOB_STATES.join(", ")}`;
    return ({ state }) => stateName(state) === wanted;
  },
  submitter: (value, router) => {
    const isMeant = byPeer(value);
    const known = new Map<number, boolean>();
    return (job) => {
      const { submitter: id } = job;
      const found = known.get(id);
      if (found !== undefined) return found;
      const submitter = router.peers.submitterOf(job);
      const passes = submitter !== null && isMeant(submitter);
      known.set(id, passes);
      return passes;
    };
  },
  worker: (value) => {
    const isMeant = byPeer(value);
    return ({ worker }) => worker !== null && isMeant(factsOfPeer(worker));
  },
};

/** The filter of a listing of functions or their limits. */
export const FUNCTION_FILTERS: Filters<Named> = {
  function: (value, router) => {
    const isNamed = byName(functionMeant(router, value));
    return ({ name }) => isNamed(name, 0, name.length);
  },
};

/** The filter of a listing of connections. */
export const CONNECTION_FILTERS: Filters<Peer> = {
  connection: (value) => {
    const isMeant = byPeer(value);
    return (connection) => isMeant(factsOfPeer(connection));
  },
};

/** Compares names with a name. */
function byName(wanted: Uint8Array): (bytes: Uint8Array, start: number, end: number) => boolean {
  return (bytes, start, end) => equalsRange(wanted, bytes, start, end);
}

/**
 * A filter that a peer passes by the number of its connection, by its address with or without a port,
 * by both in the form of {@linkcode peerName}, or by its client id.
 */
function byPeer(value: string): Filter<PeerFacts> {
  const unescaped = byteString(unescapeName(value));
  return (peer) => {
    const { id, address, clientId } = peer;
    return value === `${id}` || value === peerName(peer) ||
      address !== null && (value === address.hostname || value === peerAddress(address)) ||
      clientId.length > 0 && [value, unescaped].includes(byteString(clientId));
  };
}

/**
 * The function that a word names: the one of that very name, or else the one whose name it is with
 * escapes undone, as spaces and control characters have to be written. One that is new has that very
 * name, as in the C server.
 */
export function functionMeant({ functions }: Router, word: string): Uint8Array {
  const literal = bytesOf(word);
  if (!word.includes("%") || functions.knows(literal)) return literal;
  const unescaped = unescapeName(word);
  return functions.knows(unescaped) ? unescaped : literal;
}

/** The job that a word names, likewise. */
export function jobMeant({ jobs }: Router, word: string): Job | undefined {
  const [literal, unescaped] = [bytesOf(word), unescapeName(word)];
  return jobs.findAny(literal, 0, literal.length) ?? jobs.findAny(unescaped, 0, unescaped.length);
}

/**
 * Answers about the job that a word names, at once if it is here or no servers share jobs, else when it is
 * found.
 */
export function ofJobMeant(
  router: Router,
  word: string,
  answer: (job: Job | null, tell: (answer: string) => void, fail: Fail) => void,
): TextAnswer {
  const { everywhere } = router;
  const here = jobMeant(router, word);
  const handle = bytesOf(word);
  return atOnceOrLater((tell) => {
    const fail: Fail = (why) => tell(refusedWith(why));
    const found = (job: Job | null) => answer(job, tell, fail);
    if (here !== undefined) found(here);
    else everywhere.find(handle, 0, handle.length, found, fail);
  });
}
