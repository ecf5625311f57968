import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { OutputBuffer, PacketDecoder, PacketType, PacketView } from "../../protocol/mod.ts";
import { Connection, type Job, Router } from "../../router/mod.ts";
import { copyLongBy } from "../../protocol/buffer_pool.ts";
import { bytesAllocatedBy, viewsMadeBy } from "../protocol/allocations.ts";
import { joined } from "../protocol/recorder.ts";
import { type FakePeer, request } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";
import { callsDuring } from "./counting.ts";

const SLAB = 32 * 1024;
const { SUBMIT_JOB, SUBMIT_JOB_BG, GRAB_JOB, WORK_COMPLETE } = PacketType;

/** The same packet so many times. */
function times(count: number, packet: Uint8Array): Uint8Array {
  return joined(new Array<Uint8Array>(count).fill(packet));
}

/** Drops what a peer was sent, as a transport does that has sent it. */
function sent({ connection: { out } }: FakePeer): void {
  for (let segment = out.take(); segment !== undefined; segment = out.take()) out.recycle(segment);
}

/**
 * A client and a worker, and so many jobs from submit to result, 16 unless said otherwise; all chunks
 * are made before, for a few runs.
 */
function smallJobs(payload = "a payload", result = "a result", count = 16, mostRuns = 3) {
  const { router, peer } = testRouter();
  const client = peer(), worker = peer().canDo("f");
  const submits = times(count, request(SUBMIT_JOB, "f", "", payload));
  const grabs = times(count, request(GRAB_JOB));
  // Each run continues the numbers of the one before.
  const handles = [client.submit("SUBMIT_JOB", "f", "", "")];
  const [handle] = worker.grab()!;
  worker.send("WORK_COMPLETE", handle, "");
  sent(client);
  const first = Number(handles[0].slice(-14)) + 1;
  const runs = Array.from(
    { length: mostRuns },
    (_, run) =>
      joined(Array.from({ length: count }, (_, index) => {
        const number = (first + count * run + index).toString().padStart(14, "0");
        return request(WORK_COMPLETE, handle.slice(0, -14) + number, result);
      })),
  );
  const submit = () => client.raw(submits);
  const grab = () => worker.raw(grabs);
  const complete = () => worker.raw(runs.shift()!);
  const run = () => {
    submit();
    grab();
    sent(worker);
    complete();
    sent(client);
  };
  return { router, client, worker, submit, grab, complete, run };
}

describe("jobs from submit to result with small payloads", () => {
  for (const size of [0, 9, 28]) {
    test(`of ${size} bytes allocate no bytes and make no views, but for a slab now and then`, () => {
      const { router, run } = smallJobs("p".repeat(size), "r".repeat(size));
      run();
      let views = 0;
      const bytes = bytesAllocatedBy(() => views = viewsMadeBy(run));
      assertEquals([views, bytes], [0, 0]);
      assertEquals(router.jobs.size, 0);
    });
  }

  // A payload is copied when the job is kept and when it is sent, a result, with its handle, when it
  // is sent; 64 bytes are the most that is copied without a view, and 1 KiB with the NUL behind the
  // unique the most that lies in a slab. The outputs fit into the smallest buffer.
  for (const [size, count] of [[100, 16], [1000, 3], [1023, 3]]) {
    test(`of ${size} bytes make a view for each copy at most, and allocate no bytes either`, () => {
      const { router, run } = smallJobs("p".repeat(size), "r".repeat(size), count);
      const counted = () => {
        let views = 0;
        const bytes = bytesAllocatedBy(() => views = viewsMadeBy(run));
        return [views, bytes];
      };
      const before = copyLongBy(null);
      try {
        run();
        assertEquals(counted(), [count * 3, 0]);
        // In the way of a runtime that needs no view there is none.
        copyLongBy((source, start, end, target, offset) => {
          for (let index = start; index < end; index++) {
            target[offset + index - start] = source[index];
          }
        });
        assertEquals(counted(), [0, 0]);
      } finally {
        copyLongBy(before);
      }
      assertEquals(router.jobs.size, 0);
    });
  }

  test("of 1 KiB share slabs of 32 KiB, and allocate nothing else", () => {
    const { run } = smallJobs("p".repeat(1023), "r", 16, 9);
    run();
    const bytes = bytesAllocatedBy(() => {
      for (let count = 0; count < 8; count++) run();
    });
    // One slab is there, with room for 15 of the 128.
    assertEquals(bytes, Math.ceil((128 - 15) / 32) * SLAB);
  });

  test("set no timer when their worker gave none", () => {
    const { router, run } = smallJobs();
    run();
    assertEquals(router.timers.size, 0);
  });
});

describe("a small packet", () => {
  const classes = [PacketDecoder, PacketView, Connection, Router, OutputBuffer];
  /** Each digit of a handle is a call. */
  const MOST = 50;

  test("costs at most so many calls from its bytes to its reply", () => {
    const { peer } = testRouter();
    const client = peer();
    const calls = (count: number) => {
      const chunk = times(count, request(SUBMIT_JOB_BG, "f", "", "a payload"));
      return callsDuring(classes, () => client.raw(chunk));
    };
    const one = calls(1), thousand = calls(1000);
    assert(one <= MOST, `${one} calls`);
    assert(thousand <= 1000 * one, `${thousand} calls for a thousand, ${one} for one`);
  });

  test("costs as many whatever its payload, be it a submit, a grab or a result", () => {
    const [none, ...others] = [0, 64, 100, 1000, 1023].map((size) => {
      const { worker, client, submit, grab, complete } = smallJobs(
        "p".repeat(size),
        "r".repeat(size),
      );
      const steps = [submit, grab, complete].map((step) => callsDuring(classes, step));
      sent(worker);
      sent(client);
      return steps;
    });
    for (const calls of none) assert(calls > 16 && calls <= 16 * MOST, `${calls} calls for 16`);
    for (const calls of others) assertEquals(calls, none);
  });
});

describe("a queued background job", () => {
  test("is one object, and its bytes in a slab with those of others", () => {
    const { router, peer } = testRouter();
    const client = peer();
    const length = "unique".length + 1 + "payload".length;
    const chunk = joined(
      Array.from({ length: 2000 }, () => request(SUBMIT_JOB_BG, "f", "", "unique-payload")),
    );
    const allocated = bytesAllocatedBy(() => {
      client.raw(chunk);
      sent(client);
    });
    const jobs = [...router.jobs.values()];
    assertEquals(new Set(jobs.map((job) => job.body)).size, Math.ceil(2000 * (length + 1) / SLAB));
    // A slab, and output buffers that are used again.
    assert(allocated < 12 * SLAB, `${allocated} bytes`);
    for (const { key, timer, firstSubscriber, progress, worker } of jobs) {
      assertEquals([key, timer, firstSubscriber, progress, worker], [null, null, null, null, null]);
    }
  });

  test("for later shares no memory with those that are done soon, nor do foreground jobs", () => {
    const { router, peer, clock } = testRouter();
    const client = peer();
    const due = `${clock.epoch() / 1000 + 1000}`;
    const payload = "p".repeat(500);
    for (let round = 0; round < 100; round++) {
      client.send("SUBMIT_JOB_EPOCH", "later", "", due, payload);
      for (let job = 0; job < 15; job++) client.send("SUBMIT_JOB_BG", "soon", "", payload);
      for (let job = 0; job < 15; job++) client.send("SUBMIT_JOB", "now", "", payload);
      sent(client);
    }
    const slabs = Map.groupBy(router.jobs.values(), ({ body }) => body);
    for (const jobs of slabs.values()) {
      assertEquals(new Set(jobs.map(({ functionName }) => functionName)).size, 1);
    }
    const later = [...slabs.values()].filter(([job]) => job.functionName === "later");
    assertEquals(later.length, Math.ceil(100 * 520 / SLAB));
  });

  test("has at most 22 fields", () => {
    const { router } = testRouter();
    const job: Job = router.enqueueJob({ function: "f" })!;
    assert(Object.keys(job).length <= 22, Object.keys(job).join());
  });
});
