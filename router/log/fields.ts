import { bytesOf, displayName, type PacketView } from "../../protocol/mod.ts";
import type { Job } from "../model/job.ts";
import { factsOfPeer, type Peer, peerName } from "../model/peer.ts";
import type { LogFields } from "./log.ts";

/** The most bytes that are logged of a text which a peer chose, where no other limit holds. */
const MOST_TEXT = 200;
/** The client id of who gave none. */
const NO_CLIENT_ID = "-";

/** Some of the fields of a line. */
export type Fields = Omit<LogFields, "event">;

/** A peer as a client. */
export function client(connection: Peer): Fields {
  return { client: peerName(factsOfPeer(connection)), clientId: idText(connection) };
}

/** A peer as a worker. */
export function worker(connection: Peer): Fields {
  return { worker: peerName(factsOfPeer(connection)), workerId: idText(connection) };
}

/** The worker of a job, if it has one. */
export function workerOf(job: Job): Fields {
  return job.worker === null ? {} : worker(job.worker);
}

function idText({ clientId }: Peer): string | undefined {
  const text = displayName(clientId);
  return text === NO_CLIENT_ID ? undefined : text;
}

/** The beginning of an argument of a packet. */
export function shownArgument(view: PacketView, index: number): string {
  return shown(view.bytes, view.argumentStart(index), view.argumentEnd(index));
}

/** The beginning of a text that a peer chose. */
export function shown(bytes: Uint8Array, start: number, end: number): string {
  return displayName(bytes, start, Math.min(end, start + MOST_TEXT));
}

/** The beginning of a text command, given as a byte string. */
export function shownCommand(line: string): string {
  return displayName(bytesOf(line.slice(0, MOST_TEXT)));
}

/** Why a result of a job does not count. */
export function whyNotRunning(job: Job | undefined): string {
  if (job === undefined) return "the job has ended, or there never was one";
  return job.worker === null ? "the job waits for a worker" : "another worker runs the job";
}
