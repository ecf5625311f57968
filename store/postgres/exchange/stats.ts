import { jsonBytes } from "../../exchange/ndjson.ts";
import type { StoredQueue, StoreStats } from "../../exchange/stats.ts";
import type { Connection } from "../driver.ts";
import { inSchema } from "../schema/migrations.ts";
import { ExportFromPostgres } from "./from.ts";

const PRIORITIES = ["high", "normal", "low"] as const;
const QUEUES = `
  select f.name, j.priority, count(*), coalesce(sum(octet_length(j.payload)), 0), min(j.id)
  from @s.job j join @s.func f on f.id = j.func group by 1, 2 order by 1, 2`;

/** What a queue holds. It looks at each job. */
export async function statsOf(
  connection: Connection,
  { schema, name }: { readonly schema: string; readonly name: string },
): Promise<StoreStats> {
  const all = await ExportFromPostgres.begin(connection, schema);
  const { handleBase, nextNumber } = await all.header();
  const rows = await connection.query(inSchema(QUEUES, schema), []);
  const queues = rows.map(([func, priority, jobs, bytes]): StoredQueue => ({
    function: jsonBytes(func),
    priority: PRIORITIES[priority as 0 | 1 | 2],
    jobs: Number(jobs),
    bytes: Number(bytes),
  }));
  const limits = (await all.limits()).map(({ functionName, limits: [high, normal, low] }) => {
    return { function: jsonBytes(functionName), high, normal, low };
  });
  return {
    store: name,
    handleBase,
    nextNumber,
    jobs: queues.reduce((sum, { jobs }) => sum + jobs, 0),
    bytes: queues.reduce((sum, { bytes }) => sum + bytes, 0),
    oldestNumber: rows.length === 0 ? null : Math.min(...rows.map(([, , , , oldest]) => +oldest)),
    damaged: 0,
    queues,
    limits,
  };
}
