import type { Session } from "../connection/session.ts";
import type { Functions } from "../functions.ts";
import type { QueueCounts } from "../../shared_queue.ts";

const FUNCTIONS = "select f.id, f.name, f.max_high, f.max_normal, f.max_low, f.dropped, " +
  "coalesce(s.workers, 0), coalesce(s.running, 0) from @s.func f left join (" +
  "select func, sum(workers) as workers, sum(running) as running from @s.server_func group by 1) s " +
  "on s.func = f.id order by f.name";
const JOBS = "select func, priority, sum(waiting), sum(scheduled), sum(claimed) " +
  "from @s.count_delta group by 1, 2";

/** What there is of each function. Functions that were dropped are not shown before they are used. */
export async function readCounts(
  session: Session,
  functions: Functions,
): Promise<readonly QueueCounts[]> {
  const [known, jobs] = await Promise.all([session.query(FUNCTIONS), session.query(JOBS)]);
  const byFunction = Map.groupBy(jobs, ([func]) => func as number);
  return known.flatMap((row) => {
    const [id, functionName, high, normal, low, isDropped, workers, running] = row;
    functions.learn(id, functionName);
    const ofFunction = byFunction.get(id) ?? [];
    const counts = {
      functionName,
      waiting: byPriority(ofFunction, 2),
      scheduled: byPriority(ofFunction, 3),
      claimed: byPriority(ofFunction, 4),
      workers: Number(workers),
      running: Number(running),
      maxQueue: [Number(high), Number(normal), Number(low)] as const,
    };
    const { waiting, scheduled, claimed } = counts;
    const hasJobs = [waiting, scheduled, claimed].flat().some((count) => count !== 0);
    return isDropped && !hasJobs && counts.workers === 0 ? [] : [counts];
  });
}

// deno-lint-ignore no-explicit-any
function byPriority(rows: readonly any[][], column: number): [number, number, number] {
  const counts: [number, number, number] = [0, 0, 0];
  for (const row of rows) counts[row[1] as 0 | 1 | 2] = Number(row[column]);
  return counts;
}
