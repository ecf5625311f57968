import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { EMPTY } from "../../protocol/buffer_pool.ts";
import type { StoredJobState } from "../store.ts";

/** Priority and lost workers of a job have the low 16 bits of its sum, all else the 32 bits above. */
const STATES = 2 ** 16;
/** The largest prime below that. */
const STATE_PRIME = 65521;
const LOW = 2 ** 32;

/** What a sum is made of, apart from the names. */
export interface SummedJob {
  readonly number: number;
  readonly due: number;
  readonly priority: number;
  readonly losses: number;
  readonly failures: number;
  readonly state: StoredJobState;
  readonly error: Uint8Array;
  readonly runs: Uint8Array;
}

/** Of the function that was asked for last: mostly it is the next one too. */
let lastFunction: Uint8Array = EMPTY;
let lastFunctionSum = 0;

/** The CRC-32 of a payload or a name. */
export function bytesChecksum(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : crc32(bytes);
}

/** The same for the name of a function, whose bytes do not change. */
export function functionChecksum(name: Uint8Array): number {
  if (name !== lastFunction) {
    lastFunctionSum = bytesChecksum(name);
    lastFunction = name;
  }
  return lastFunctionSum;
}

/**
 * The sum of all that is stored of a job. Of the payload it has only its sum and length: names and
 * payload can be checked one without the other. A change of a single part always changes it.
 *
 * @param names made by {@linkcode namesChecksum}.
 */
export function jobChecksum(
  { number, due, priority, losses, failures, state, error, runs }: SummedJob,
  names: number,
  payloadSum: number,
  payloadLength: number,
): number {
  let sum = mixed(names, number | 0);
  sum = mixed(sum, (number / LOW) | 0);
  sum = mixed(sum, due | 0);
  sum = mixed(sum, (due / LOW) | 0);
  sum = mixed(sum, payloadSum);
  sum = mixed(sum, payloadLength);
  // Version 2 did not have these.
  if (failures > 0 || state !== "waiting" || error.length > 0) {
    sum = mixed(sum, failures | 0);
    sum = mixed(sum, (failures / LOW) | 0);
    sum = mixed(sum, state === "dead" ? 1 : 0);
    sum = mixed(sum, bytesChecksum(error));
  }
  // Nor did version 3 have these.
  if (runs.length > 0) sum = mixed(sum, bytesChecksum(runs));
  return (sum >>> 0) * STATES + stateChecksum(priority, losses);
}

/** The sum of the names of a job: those of its function, its unique and its reducer. */
export function namesChecksum(
  functionSum: number,
  unique: Uint8Array,
  reducer: Uint8Array,
): number {
  let sum = mixed(functionSum, unique.length);
  if (unique.length > 0) sum = mixed(sum, crc32(unique));
  sum = mixed(sum, reducer.length);
  return reducer.length > 0 ? mixed(sum, crc32(reducer)) : sum;
}

/** The part of a sum that does not change with priority and lost workers. */
export function lastingPart(sum: number): number {
  return Math.floor(sum / STATES);
}

/** The part of the sum that changes with the priority and the number of workers that lost the job. */
function stateChecksum(priority: number, losses: number): number {
  return (losses % STATE_PRIME * 3 + priority + 1) % STATE_PRIME;
}

/** The sum of what a store says of itself. */
export function metaChecksum(handleBase: string, nextNumber: number): number {
  return crc32(Buffer.from(`${handleBase} ${nextNumber}`));
}

/** Each of the two makes another result of another value, if the other stays. */
function mixed(sum: number, value: number): number {
  const product = Math.imul(sum ^ value, 0x9e3779b1);
  return product ^ (product >>> 15);
}
