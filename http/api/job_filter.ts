import type { Job, Router } from "../../router/mod.ts";
import { JOB_STATES, type JobStateName, stateName } from "../../router/facts.ts";
import { peerAddress, type PeerFacts } from "../../router/model/peer.ts";
import { JobStorage } from "../../router/model/job_state.ts";
import { textOf } from "./json.ts";
import { BadRequest, type Query } from "./query.ts";

/** Which jobs are meant: those for which all holds that is given. */
export interface WantedJobs {
  readonly function?: Uint8Array;
  readonly states?: readonly JobStateName[];
  readonly handle?: string;
  readonly unique?: Uint8Array;
  readonly client?: string;
  readonly minAge?: number;
  readonly payload?: Uint8Array;
}

/** The parameters that say so in a query. */
export const JOB_PARAMETERS = [
  "function",
  "state",
  "handle",
  "unique",
  "client",
  "minAge",
  "payload",
] as const;

/** What a query wants. */
export function wantedIn(query: Query): WantedJobs {
  return {
    function: query.bytes("function"),
    states: query.words("state", JOB_STATES),
    handle: query.text("handle"),
    unique: query.bytes("unique"),
    client: query.text("client"),
    minAge: query.number("minAge"),
    payload: query.bytes("payload"),
  };
}

/** What became of a look at a job. */
export type Look = "passes" | "not" | "unknown";

/**
 * Looks at one job after the other. `unknown` is said of one whose payload is in the store only: it is
 * not read for a search.
 */
export function lookAt(router: Router, wanted: WantedJobs): (job: Job) => Look {
  const { states, handle, minAge, payload } = wanted;
  const isMeant = [
    bytesTest(wanted.function, ({ func }) => func.name),
    bytesTest(wanted.unique, uniqueOf),
    wanted.client === undefined ? null : clientTest(router, wanted.client),
  ].filter((test) => test !== null);
  return (job) => {
    if (states !== undefined && !states.includes(stateName(job.state))) return "not";
    if (!isMeant.every((test) => test(job))) return "not";
    if (handle !== undefined && !matches(handle, job.handle)) return "not";
    if (minAge !== undefined) {
      const age = router.submitTimes.ageOf(job.number);
      // One from before the start of this server is older than all that began since.
      if (age !== null && age < minAge * 1000) return "not";
    }
    if (payload === undefined) return "passes";
    if (job.storage === JobStorage.OUTSIDE) return "unknown";
    return includes(job.body.subarray(job.payloadStart, job.payloadEnd), payload)
      ? "passes"
      : "not";
  };
}

function uniqueOf({ body, uniqueStart, uniqueEnd }: Job): Uint8Array {
  return body.subarray(uniqueStart, uniqueEnd);
}

const STAR = 0x2a;

/** A name must be the same; where there is a `*` in what is wanted, any text may stand there. */
function bytesTest(
  wanted: Uint8Array | undefined,
  nameOf: (job: Job) => Uint8Array,
): ((job: Job) => boolean) | null {
  if (wanted === undefined) return null;
  if (!wanted.includes(STAR)) return (job) => isSame(wanted, nameOf(job));
  const text = textOf(wanted);
  return (job) => matches(text, textOf(nameOf(job)));
}

/** Those that a client submitted: its id, its address with or without port, or its number. */
function clientTest(router: Router, wanted: string): (job: Job) => boolean {
  const known = new Map<number, boolean>();
  return (job) => {
    const { submitter } = job;
    let isMeant = known.get(submitter);
    if (isMeant === undefined) {
      isMeant = isClient(router.peers.submitterOf(job), wanted);
      known.set(submitter, isMeant);
    }
    return isMeant;
  };
}

function isClient(peer: PeerFacts | null, wanted: string): boolean {
  if (peer === null) return false;
  const { id, clientId, address } = peer;
  if (`${id}` === wanted || matches(wanted, textOf(clientId))) return true;
  return address !== null &&
    (matches(wanted, peerAddress(address)) || matches(wanted, address.hostname));
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** Is the text the wanted one, in which each `*` stands for any text? Takes no longer than both are long. */
export function matches(wanted: string, text: string): boolean {
  const [first, ...parts] = wanted.split("*");
  const last = parts.pop();
  if (last === undefined) return wanted === text;
  const end = text.length - last.length;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let place = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, place);
    if (found < 0) return false;
    place = found + part.length;
  }
  return place <= end;
}

/** Are some bytes in others? */
function includes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const last = bytes.length - wanted.length;
  for (let at = bytes.indexOf(wanted[0]); at >= 0 && at <= last;) {
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length++;
    if (length === wanted.length) return true;
    at = bytes.indexOf(wanted[0], at + 1);
  }
  return false;
}

/**
 * The same as JSON has it, in an order to cancel.
 *
 * @throws {BadRequest} if it chooses nothing: all jobs must be meant by `{"function": "*"}`.
 */
export function mustChoose(wanted: WantedJobs): void {
  if (Object.values(wanted).some((value) => value !== undefined)) return;
  throw new BadRequest('The filter is empty; {"function": "*"} means all jobs');
}
