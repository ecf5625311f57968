import type { Session } from "../connection/session.ts";
import type { SharedServerView } from "../../shared_queue.ts";

const SERVERS = "select s.id, s.name, s.address, s.version, s.claimed, " +
  "coalesce((select sum(workers) from @s.server_func f where f.server = s.id), 0), " +
  "round(extract(epoch from clock_timestamp() - s.seen) * 1000)::text " +
  "from @s.server s where s.died is null order by s.name, s.id";

/** The servers that are not known to be dead. */
export async function readServers(
  session: Session,
  me: number | undefined,
  claimed: number,
): Promise<readonly SharedServerView[]> {
  const rows = await session.query(SERVERS);
  return rows.map(([id, name, address, version, hasClaimed, workers, silence]) => ({
    name,
    address,
    version,
    isThis: id === me,
    claimed: id === me ? claimed : hasClaimed,
    workers: Number(workers),
    silence: Math.max(0, Number(silence)),
  }));
}
