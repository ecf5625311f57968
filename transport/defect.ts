import type { PeerAddress } from "../router/mod.ts";
import { peerAddress } from "../router/model/peer_facts.ts";

/** What is reported of an error that is a defect of this server: in one line, as programs read logs. */
export function defectOf(peer: PeerAddress, error: unknown): string {
  const trace = error instanceof Error ? error.stack ?? error.message : String(error);
  return `closing ${peerAddress(peer)}: ${trace.trim().replace(/\s*\n\s*/g, " | ")}`;
}
