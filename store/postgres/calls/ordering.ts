import { pause, type QueueClock } from "../clock.ts";
import type { Session } from "../connection/session.ts";
import type { Membership } from "../members/membership.ts";
import type { QueueListener, SharedPriority } from "../../shared_queue.ts";
import { arrayText } from "../values.ts";
import { type Released, releasedIn } from "./writing.ts";

/** How long the owners of jobs have to end them, and how often it is looked, in milliseconds. */
const CANCEL = { time: 2000, interval: 25 };
const TAKE_OUT = "select out from @s.take_out($1::bigint[]) as out";
const OWNED = "select id, owner from @s.job where id = any($1::bigint[])";
const TELL = "select pg_notify(@s.channel($1), $2)";
/** A message has less than 8000 bytes. */
const NUMBERS_PER_MESSAGE = 400;

/** Whom ending jobs of others asks. */
export interface CancelParts {
  readonly clock: QueueClock;
  readonly views: Session;
  readonly membership: Membership;
  readonly listener: QueueListener;
}

/** See `SharedQueue.cancel`. */
export async function cancelJobs(
  { clock, views, membership, listener }: CancelParts,
  numbers: readonly number[],
): Promise<readonly number[]> {
  const gone = new Set<number>();
  const until = clock.now() + CANCEL.time;
  let left = numbers;
  let asked = new Map<number, number>();
  for (let isFirst = true; left.length > 0; isFirst = false) {
    const wanted = arrayText(left);
    for (const [number] of await views.query(TAKE_OUT, [wanted])) gone.add(Number(number));
    const owned = await views.query(OWNED, [wanted]);
    const owners = new Map(
      owned.map(([number, owner]) => [Number(number), owner as number | null]),
    );
    // Of those that were there at first.
    if (!isFirst) { for (const number of left) if (!owners.has(number)) gone.add(number); }
    left = left.filter((number) => owners.has(number));
    const isOver = clock.now() >= until;
    if (left.length === 0 || isOver) break;
    const toAsk = left.filter((number) => asked.get(number) !== owners.get(number));
    await ask(toAsk, owners, { views, membership, listener });
    asked = owners as Map<number, number>;
    await pause(clock, CANCEL.interval);
  }
  return numbers.filter((number) => gone.has(number));
}

/** Tells the owners of jobs that these are to end. */
async function ask(
  numbers: readonly number[],
  owners: ReadonlyMap<number, number | null>,
  { views, membership, listener }: Omit<CancelParts, "clock">,
): Promise<void> {
  for (const [owner, owned] of Map.groupBy(numbers, (number) => owners.get(number)!)) {
    if (owner === null) continue;
    if (owner === membership.now?.id) {
      for (const number of owned) listener.cancel(number);
      continue;
    }
    for (let start = 0; start < owned.length; start += NUMBERS_PER_MESSAGE) {
      const list = owned.slice(start, start + NUMBERS_PER_MESSAGE).join(",");
      await views.query(TELL, [owner, `cancel ${list}`]);
    }
  }
}

/** See `SharedQueue.reprioritize`; the queue where it is ready now. */
export async function reprioritizeJob(
  session: Session,
  number: number,
  priority: SharedPriority,
): Promise<readonly Released[]> {
  return releasedIn(
    await session.query(
      "select out_func, out_priority, 0, released from @s.reprioritize($1, $2::smallint)",
      [number, priority],
    ),
  );
}
