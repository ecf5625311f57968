import type { Session } from "../connection/session.ts";
import type { QueueMember, SharedServerView } from "../../shared_queue.ts";

const SERVERS = "select s.id, s.name, s.address, s.version, s.claimed, " +
  "s.workers, round(extract(epoch from clock_timestamp() - s.seen) * 1000)::text " +
  "from @s.server s where s.died is null order by s.name, s.id";

/** The servers that are not known to be dead. */
export async function readServers(
  session: Session,
  me: number | undefined,
  { claimed, member }: { readonly claimed: number; readonly member: QueueMember },
): Promise<readonly SharedServerView[]> {
  const rows = await session.query(SERVERS);
  return rows.map(([id, name, address, version, hasClaimed, workers, silence]) => ({
    name,
    address: id === me ? member.address : address,
    version,
    isThis: id === me,
    claimed: id === me ? claimed : hasClaimed,
    workers: id === me ? member.workers : workers,
    silence: Math.max(0, Number(silence)),
  }));
}
