import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { EMPTY } from "../../protocol/buffer_pool.ts";

/**
 * What of a job may change while it is stored, priority and lost workers, has the low 16 bits of its
 * sum; the rest has the 32 bits above them.
 */
const STATES = 2 ** 16;
/** The largest prime below that. */
const STATE_PRIME = 65521;
const LOW = 2 ** 32;

/** What a sum is made of, apart from the names. */
export interface SummedJob {
  readonly number: number;
  readonly due: number;
  readonly priority: number;
  readonly attempts: number;
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
  { number, due, priority, attempts }: SummedJob,
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
  return (sum >>> 0) * STATES + stateChecksum(priority, attempts);
}

/** That of a function, a unique and a reducer. */
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

/** The part of the sum that changes with the priority and the number of workers that lost the job. */
export function stateChecksum(priority: number, attempts: number): number {
  return (attempts % STATE_PRIME * 3 + priority + 1) % STATE_PRIME;
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
