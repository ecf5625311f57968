import { assertEquals } from "@std/assert";
import { RawPeer } from "../support/raw_peer.ts";

let count = 0;

/** Proves that a server works: a client of its own gets a job done by a worker of its own. */
export async function assertServes(where: number | { readonly path: string }): Promise<void> {
  using worker = await RawPeer.connect(where);
  using client = await RawPeer.connect(where);
  await assertServesPeers(client, worker);
}

/** Proves that these two connections work. */
export async function assertServesPeers(client: RawPeer, worker: RawPeer): Promise<void> {
  const name = `echo_${++count}`;
  worker.packet("CAN_DO", name).packet("PRE_SLEEP");
  // The answer to the ECHO says that all of this has arrived.
  await worker.packet("ECHO_REQ", "ready").expect("ECHO_RES");
  const [handle] = await client.packet("SUBMIT_JOB", name, "", "some work").expect("JOB_CREATED");
  await worker.expect("NOOP");
  const assigned = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
  assertEquals(assigned, [handle, name, "some work"]);
  worker.packet("WORK_COMPLETE", handle, "the result");
  assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "the result"]);
  // Whoever uses the worker afterwards gets no NOOP for this function.
  await worker.packet("CANT_DO", name).packet("ECHO_REQ", "done").expect("ECHO_RES");
}
