import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { type PeerView, Server } from "../../mod.ts";
import type { Connection } from "../../router/mod.ts";
import { memoryLog } from "../support/memory_log.ts";
import { requestBytes } from "../support/raw_peer.ts";
import { startServer } from "../support/server.ts";
import { memoryInUse } from "./memory.ts";
import { assertServes } from "./round_trip.ts";
import { BulkPeer } from "./bulk_peer.ts";

/** So many bytes take their time on a busy machine. */
const MUCH = { timeout: 60_000 };
const MIB = 1024 * 1024;
const HEADER = 12;
/** Length of every handle. */
const HANDLE = new Server().enqueueJob({ function: "f" })!.handle.length;

describe("a peer that does not read", () => {
  test(
    "is not read from any more, and gets all its answers when it reads again",
    MUCH,
    async () => {
      await using listening = startServer();
      using slow = await BulkPeer.connect(listening.port);
      const before = memoryInUse();
      const echo = requestBytes("ECHO_REQ", "x".repeat(MIB));
      for (let count = 0; count < 40; count++) slow.send(echo);
      const peer = listening.server.clients()[0] ?? await next(listening.server);
      const { out } = peer as Connection;
      // Others are served meanwhile, again and again.
      for (let round = 0; round < 20; round++) await assertServes(listening.port);
      assert(out.size < 16 * MIB, `${out.size} bytes wait`);
      assert(slow.unsent > 20 * MIB, `only ${slow.unsent} bytes are still with the peer`);
      assert(memoryInUse() - before < 200 * MIB);

      slow.resume();
      await slow.until(() => slow.received === 40 * (MIB + HEADER) || slow.end !== null);
      assertEquals([slow.received, slow.end], [40 * (MIB + HEADER), null]);
    },
  );

  test(
    "is cut off when others send it more than maxUnsent, its jobs end with it, and the log says so",
    MUCH,
    async () => {
      const log = memoryLog("WARNING");
      await using listening = startServer({ maxUnsent: 16 * MIB, log });
      const { server } = listening;
      using slow = await BulkPeer.connect(listening.port);
      slow.send(requestBytes("SUBMIT_JOB", "flood", "", ""));
      using worker = await listening.peer();
      worker.packet("CAN_DO", "flood").packet("PRE_SLEEP");
      await worker.expect("NOOP");
      const [handle] = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
      const closed = new Promise<string | undefined>((resolve) => {
        server.on("connectionClosed", ({ reason }) => resolve(reason));
      });
      const data = requestBytes("WORK_DATA", handle, "x".repeat(MIB));
      const job = server.jobs()[0];
      for (let sent = 0; sent < 64 && job.subscriberCount > 0; sent++) {
        await worker.send(data).packet("ECHO_REQ", "").expect("ECHO_RES");
      }
      assertMatch((await closed)!, /does not read: \d+ bytes/);
      assertEquals(job.subscriberCount, 0);
      assertMatch(
        log.texts[0],
        /^WARNING Connection cut: client=1@127\.0\.0\.1:\d+ cause="the peer does not read: \d+ bytes of unsent output"$/,
      );
      // The job runs on; its result goes nowhere.
      worker.packet("WORK_COMPLETE", handle, "");
      await worker.packet("ECHO_REQ", "").expect("ECHO_RES");
      assert(job.isFinished);
      await assertServes(listening.port);
      slow.resume();
      await slow.until(() => slow.end !== null);
    },
  );

  test("gets 100 MB of results when it reads after all", MUCH, async () => {
    await using listening = startServer();
    using slow = await BulkPeer.connect(listening.port);
    using worker = await listening.peer();
    worker.packet("CAN_DO", "results").packet("PRE_SLEEP");
    slow.send(requestBytes("SUBMIT_JOB", "results", "", ""));
    await worker.expect("NOOP");
    const [handle] = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    const data = requestBytes("WORK_DATA", handle, "x".repeat(4 * MIB));
    for (let count = 0; count < 25; count++) worker.send(data);
    worker.packet("WORK_COMPLETE", handle, "");
    await worker.packet("ECHO_REQ", "").expect("ECHO_RES");
    assertEquals(listening.server.jobs(), []);

    slow.resume();
    const created = HEADER + handle.length;
    const expected = created + 25 * data.length + created + 1;
    await slow.until(() => slow.received === expected || slow.end !== null);
    assertEquals([slow.received, slow.end], [expected, null]);
  });
});

describe("a large job", () => {
  test("of 16 MiB goes through a client and a worker and back", MUCH, async () => {
    await using listening = startServer();
    using client = await BulkPeer.connect(listening.port);
    using worker = await BulkPeer.connect(listening.port);
    client.resume();
    worker.resume();
    const payload = Buffer.alloc(16 * MIB, "0123456789abcdef");
    client.send(bulkRequest("SUBMIT_JOB", "large\0\0", payload));
    const handle = (await client.take(HEADER + HANDLE)).toString("latin1", HEADER);

    worker.send(Buffer.concat([requestBytes("CAN_DO", "large"), requestBytes("GRAB_JOB")]));
    const assignment = await worker.take(HEADER + `${handle}\0large\0`.length + payload.length);
    assert(assignment.subarray(-payload.length).equals(payload));

    worker.send(bulkRequest("WORK_COMPLETE", `${handle}\0`, payload));
    const result = await client.take(HEADER + HANDLE + 1 + payload.length);
    assert(result.subarray(-payload.length).equals(payload));
    await assertServes(listening.port);
  });
});

/** A request whose last argument is large. */
function bulkRequest(type: string, args: string, payload: Buffer): Buffer {
  const head = requestBytes(type, args);
  head.writeUInt32BE(args.length + payload.length, 8);
  return Buffer.concat([head, payload]);
}

function next(server: Server): Promise<PeerView> {
  return new Promise((resolve) => {
    const ignore = server.on("connectionOpened", ({ connection }) => {
      ignore();
      resolve(connection);
    });
  });
}
