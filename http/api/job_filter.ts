import { encodeName } from "../../protocol/mod.ts";
import { type Job, JobElsewhere, type Router, type SharedJobFilter } from "../../router/mod.ts";
import { JOB_STATES, type JobStateName, stateName } from "../../router/facts.ts";
import { peerAddress, type PeerFacts } from "../../router/model/peer.ts";
import { JobStorage } from "../../router/model/job_state.ts";
import { Needle, Pattern } from "./pattern.ts";
import { BadRequest, type Query } from "./query.ts";

/** Which jobs are meant: those for which all holds that is given. */
export interface WantedJobs {
  readonly function?: Uint8Array;
  readonly states?: readonly JobStateName[];
  readonly handle?: string;
  readonly unique?: Uint8Array;
  readonly client?: Uint8Array;
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
    client: query.bytes("client"),
    minAge: query.number("minAge"),
    payload: query.bytes("payload"),
  };
}

/** Which jobs of the queue that servers share are looked at: those that have the names without a `*`. */
export function sharedFilter(wanted: WantedJobs): SharedJobFilter {
  const named = (name: Uint8Array | undefined) => name?.includes(ANY) === false;
  return {
    ...named(wanted.function) && { functionName: wanted.function },
    ...named(wanted.unique) && { unique: wanted.unique },
  };
}

const ANY = "*".charCodeAt(0);

/** What became of a look at a job. */
export type Look = "passes" | "not" | "unknown";

/**
 * Looks at one job after the other. `unknown` is said of one whose payload is in the store only: it is
 * not read for a search.
 */
export function lookAt(router: Router, wanted: WantedJobs): (job: Job) => Look {
  const { states, handle, minAge } = wanted;
  const payload = wanted.payload === undefined ? undefined : new Needle(wanted.payload);
  const handles = handle === undefined ? null : new Pattern(encodeName(handle));
  const isMeant = [
    bytesTest(wanted.function, ({ func }) => func.name),
    bytesTest(wanted.unique, uniqueOf),
    wanted.client === undefined ? null : clientTest(router, wanted.client),
  ].filter((test) => test !== null);
  return (job) => {
    if (states !== undefined && !states.includes(stateName(job.state))) return "not";
    if (!isMeant.every((test) => test(job))) return "not";
    if (handles !== null && !handles.fits(encodeName(job.handle))) return "not";
    if (minAge !== undefined) {
      const age = job instanceof JobElsewhere ? job.seen.age : router.submitTimes.ageOf(job.number);
      // One from before the start of this server is older than all that began since.
      if (age !== null && age < minAge * 1000) return "not";
    }
    if (payload === undefined) return "passes";
    if (job.storage === JobStorage.OUTSIDE) return "unknown";
    const { body, payloadStart } = job;
    return payload.indexIn(body.subarray(payloadStart, payloadStart + searchedBytes(job)), 0) >= 0
      ? "passes"
      : "not";
  };
}

/** A text is looked for in so much of a payload: the beginning. */
const SEARCHED = 1024 * 1024;
/** Looking for a text in so many bytes takes about as long as looking at a job. */
const BYTES_OF_A_LOOK = 4096;

/** How many bytes of the payload of a job a search looks at. */
export function searchedBytes({ payloadStart, payloadEnd }: Job): number {
  return Math.min(payloadEnd - payloadStart, SEARCHED);
}

/** How many jobs without a payload cost as much. */
export function worthOf(job: Job): number {
  return 1 + Math.floor(searchedBytes(job) / BYTES_OF_A_LOOK);
}

function uniqueOf({ body, uniqueStart, uniqueEnd }: Job): Uint8Array {
  return body.subarray(uniqueStart, uniqueEnd);
}

/** A name must be the same; where there is a `*` in what is wanted, any bytes may stand there. */
function bytesTest(
  wanted: Uint8Array | undefined,
  nameOf: (job: Job) => Uint8Array,
): ((job: Job) => boolean) | null {
  if (wanted === undefined) return null;
  const pattern = new Pattern(wanted);
  return (job) => pattern.fits(nameOf(job));
}

/** Those that a client submitted: its id, its address with or without port, or its number. */
function clientTest(router: Router, wanted: Uint8Array): (job: Job) => boolean {
  const pattern = new Pattern(wanted);
  const known = new Map<number, boolean>();
  return (job) => {
    const { submitter } = job;
    let isMeant = known.get(submitter);
    if (isMeant === undefined) {
      isMeant = isClient(router.peers.submitterOf(job), pattern);
      known.set(submitter, isMeant);
    }
    return isMeant;
  };
}

function isClient(peer: PeerFacts | null, pattern: Pattern): boolean {
  if (peer === null) return false;
  const { id, clientId, address } = peer;
  if (pattern.fits(encodeName(`${id}`)) || pattern.fits(clientId)) return true;
  return address !== null && [peerAddress(address), address.hostname]
    .some((text) => pattern.fits(encodeName(text)));
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
