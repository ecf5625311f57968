import type { Claim, ClaimedJob, Wish } from "../../shared_queue.ts";
import type { QueueClock } from "../clock.ts";
import type { Functions } from "../functions.ts";
import type { Engine } from "../engine.ts";
import type { Life, Lives } from "../members/life.ts";
import {
  claimCall,
  type ClaimedUnnamed,
  claimOf,
  type Looked,
  type Wanted,
  wantedOf,
} from "./claiming.ts";
import type { Call, Lane } from "./lane.ts";
import type { Places } from "./places.ts";

/** Whom a claim asks. */
export interface ClaimParts {
  readonly clock: QueueClock;
  readonly claims: Lane;
  readonly functions: Functions;
  readonly membership: Lives;
  readonly places: Places;
}

/** See `SharedQueue.claim`. Queues that had too few jobs are looked through from the beginning, too. */
export async function claimJobs(
  parts: ClaimParts,
  wishes: readonly Wish[],
  most: number,
  payloadBytes: number,
): Promise<Claim> {
  const { claims, clock, functions, membership, places } = parts;
  await functions.find(wishes.map(({ functionName }) => functionName));
  const life = await membership.current();
  const look = async (wanted: readonly Wanted[], most: number, bytes: number, all: boolean) => {
    const start = clock.now();
    const call = claimCall(life, wanted, most, bytes, functions, places, all);
    const looked = await claims.make(call);
    if (all) places.looked(start);
    return looked;
  };
  const wanted = wantedOf(wishes, functions);
  if (wanted.length === 0 || most <= 0) return { jobs: [], more: [] };
  const isFromBeginning = places.isTime || wanted.every((queue) => places.low(queue) === 0);
  const first = await look(wanted, most, payloadBytes, isFromBeginning);
  const looks: Looked[] = [first];
  const short = first.short.filter((queue) => places.low(queue) > 0);
  if (short.length > 0 && !isFromBeginning && places.mayLook) {
    const bytes = first.taken.reduce((sum, { job }) => sum + job.payload.length, 0);
    const room = most - first.taken.length;
    // What has come already is not lost if this fails.
    const second = room > 0 && bytes <= payloadBytes &&
      await look(short, room, payloadBytes - bytes, true).catch(() => false as const);
    if (second) looks.push(second);
  }
  if (life.isOver) throw new Error("this server was declared dead");
  return claimOf(looks);
}

/** Claims jobs of whatever function. */
export async function claimUnnamed(
  engine: Engine,
  callOf: (life: Life) => Call<readonly ClaimedUnnamed[]>,
): Promise<readonly ClaimedJob[]> {
  const { claims, functions, membership } = engine;
  const claimed = await claims.make(callOf(await membership.current()));
  engine.claimed += claimed.length;
  await functions.findNames(claimed.map(({ func }) => func));
  return claimed.map(({ jobOf }) => jobOf(functions));
}
