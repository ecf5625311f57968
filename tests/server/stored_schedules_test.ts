import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { ScheduleRequest } from "../../mod.ts";
import { routerOf } from "../../server.ts";
import { MemoryStore } from "../../store/memory.ts";
import type { JobStore, StoreBatch } from "../../store/store.ts";
import { ManualClock } from "../../testing/mod.ts";
import { TestServer } from "../../testing/test_server.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { runsText } from "../support/schedules.ts";

const MIDNIGHT = Date.UTC(2026, 10, 30);
const MINUTE = 60_000;
/** What handles begin with. */
const BASE = "H:test:123456789012";
const HOURLY = { name: "hourly", cron: "0 * * * *", function: "f" } as const;

/** A server on this store whose clock shows so many minutes after midnight. */
async function serverAt(
  minutes: number,
  store: JobStore,
  ...schedules: ScheduleRequest[]
): Promise<{ server: TestServer; clock: ManualClock }> {
  const clock = new ManualClock(MIDNIGHT + minutes * MINUTE);
  const server = await TestServer.start({ clock, store, schedules });
  await server.loaded;
  clock.advance(1);
  return { server, clock };
}

function uniques(server: TestServer): string[] {
  return server.jobs().map(({ unique }) => unique.replace("2026-11-30T", ""));
}

function scheduleOf(server: TestServer, name: string) {
  return routerOf(server).schedules!.schedules!.get(name)!;
}

describe("after a restart a schedule of the configuration", () => {
  test("makes up for the runs that it missed, as it says", async () => {
    const store = new MemoryStore(BASE);
    const all = { ...HOURLY, name: "all", catchUp: "all" } as const;
    const last = { ...HOURLY, name: "last", catchUp: "last" } as const;
    const first = await serverAt(30, store, HOURLY, all, last);
    first.clock.advance(31 * MINUTE);
    assertEquals(uniques(first.server), ["hourly@01:00:00Z", "all@01:00:00Z", "last@01:00:00Z"]);
    await first.server.stop();
    const { server } = await serverAt(250, store, HOURLY, all, last);
    assertEquals(uniques(server).slice(3), [
      "all@02:00:00Z",
      "all@03:00:00Z",
      "all@04:00:00Z",
      "last@04:00:00Z",
    ]);
    server.assertInvariants();
    await server.stop();
  });

  test("runs once at a time at which the server was restarted", async () => {
    const store = new MemoryStore(BASE);
    const first = await serverAt(59, store, HOURLY);
    await first.server.stop();
    for (const minutes of [60.5, 61, 61.5]) {
      const { server } = await serverAt(minutes, store, HOURLY);
      assertEquals(uniques(server), ["hourly@01:00:00Z"]);
      await server.stop();
    }
  });

  test("knows how its runs ended, and which job has not", async () => {
    const store = new MemoryStore(BASE);
    const skip = { ...HOURLY, overlap: "skip" } as const;
    const first = await serverAt(59, store, skip);
    first.clock.advance(2 * MINUTE);
    const [done] = first.server.jobs();
    first.server.noteJobFinished(done);
    first.clock.advance(60 * MINUTE);
    await first.server.stop();
    const { server, clock } = await serverAt(150, store, skip);
    assertEquals(runsText(scheduleOf(server, "hourly").runs), ["02:00 runs", "01:00 completed"]);
    clock.advance(30 * MINUTE);
    server.noteJobFinished(server.jobs()[0]);
    assertEquals(runsText(scheduleOf(server, "hourly").runs), [
      "03:00 skipped",
      "02:00 completed",
      "01:00 completed",
    ]);
    await server.stop();
  });

  test("with other times than before does not make up for those", async () => {
    const store = new MemoryStore(BASE);
    const all = { ...HOURLY, catchUp: "all" } as const;
    await (await serverAt(30, store, all)).server.stop();
    const { server } = await serverAt(250, store, { ...all, cron: "30 * * * *" });
    assertEquals(uniques(server), []);
    await server.stop();
  });

  test("that was gone in between begins anew", async () => {
    const store = new MemoryStore(BASE);
    const all = { ...HOURLY, catchUp: "all" } as const;
    await (await serverAt(30, store, all)).server.stop();
    await (await serverAt(100, store)).server.stop();
    assertEquals(store.records(), []);
    const { server } = await serverAt(250, store, all);
    assertEquals(uniques(server), []);
    await server.stop();
  });
});

describe("after a restart a schedule of a client", () => {
  test("is there with its handle, pause and all, and the client changes it again", async () => {
    const store = new MemoryStore(BASE);
    const first = await serverAt(30, store);
    const asks = async (server: TestServer, minute: string) => {
      await using client = await RawPeer.connect(server.port);
      client.packet("SUBMIT_JOB_SCHED", "f", "\xff", minute, "", "", "", "", "\xfe\0data");
      const [handle] = await client.expect("JOB_CREATED", 1);
      return handle;
    };
    const handle = await asks(first.server, "15");
    routerOf(first.server).schedules!.schedules!.pause(handle, true, null);
    await first.server.stop();
    const { server, clock } = await serverAt(90, store);
    const before = scheduleOf(server, handle);
    assertEquals([before.cron, before.isPaused, before.origin], ["15 * * * *", true, "client"]);
    assertEquals(await asks(server, "45"), handle);
    routerOf(server).schedules!.schedules!.pause(handle, false, null);
    clock.advance(20 * MINUTE);
    const [job] = server.jobs();
    const { body, payloadStart, payloadEnd } = routerOf(server).jobByHandle(job.handle)!;
    assertEquals([...body.subarray(payloadStart, payloadEnd)].slice(0, 3), [0xfe, 0, 0x64]);
    routerOf(server).schedules!.schedules!.drop(handle, null);
    await server.stop();
    assertEquals(store.records(), []);
  });
});

test("a run and how far its schedule is are stored together, or not at all", async () => {
  const batches: StoreBatch[] = [];
  class Watched extends MemoryStore {
    override write(batch: StoreBatch): void {
      batches.push(batch);
      super.write(batch);
    }
  }
  const { server, clock } = await serverAt(59, new Watched(BASE), HOURLY);
  clock.advance(2 * MINUTE);
  await server.stop();
  const withJobs = batches.filter(({ added }) => added.length > 0);
  assertEquals(
    withJobs.map(({ added, records }) => [added.length, records.map(({ kind }) => kind)]),
    [[1, ["schedule-progress"]]],
  );
});
