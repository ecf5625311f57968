import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import { bytesAllocatedBy } from "../protocol/allocations.ts";
import { type FakePeer, request } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

const { SUBMIT_JOB, SUBMIT_JOB_BG, GRAB_JOB, WORK_COMPLETE } = PacketType;
const KIB = 1024;
const MIB = 1024 * KIB;
const HEADER = 12;
/** How a socket is read: so much at a time, into a buffer that is used again. */
const CHUNK = 64 * KIB;
/** What a job may take of new bytes: what is left of its body when its buffer is used again. */
const FEW_BYTES = 100;
const JOBS = 8;
const { set } = Uint8Array.prototype;

/** A request with its arguments and so many bytes of data behind them. */
function requestOf(type: number, args: readonly string[], size: number): Uint8Array {
  const start = request(type, ...args, "");
  const packet = new Uint8Array(start.length + size);
  packet.set(start);
  new DataView(packet.buffer).setUint32(8, packet.length - HEADER);
  return packet;
}

/** How many bytes `action` copies by `set` and by `slice`. */
function bytesCopiedBy(action: () => void): number {
  const { slice } = Uint8Array.prototype;
  let copied = 0;
  Uint8Array.prototype.set = function (source, offset): void {
    copied += source.length;
    set.call(this, source, offset);
  };
  Uint8Array.prototype.slice = function (this: Uint8Array<ArrayBuffer>, ...range) {
    const copy = slice.apply(this, range) as Uint8Array<ArrayBuffer>;
    copied += copy.length;
    return copy;
  };
  try {
    action();
  } finally {
    Object.assign(Uint8Array.prototype, { set, slice });
  }
  return copied;
}

/** Drops what a peer was sent, as a transport does that has sent it. */
function sent({ connection: { out } }: FakePeer): void {
  for (let segment = out.take(); segment !== undefined; segment = out.take()) out.recycle(segment);
}

/** A way in which a packet comes in. */
type Reading = (peer: FakePeer, packet: Uint8Array) => void;

const STAYS = "in a chunk that stays as it is";
const READINGS: Record<string, Reading> = {
  "read in chunks, and the rest to where it belongs"({ connection }, packet) {
    let position = 0;
    while (position < packet.length) {
      const lent = connection.lend();
      const end = Math.min(packet.length, position + (lent?.length ?? CHUNK));
      if (lent === null) {
        connection.receive(packet, position, end, false);
      } else {
        // The kernel's copy, which is none of ours.
        set.call(lent, packet.subarray(position, end));
        connection.filled(end - position);
      }
      position = end;
    }
  },
  [STAYS]({ connection }, packet) {
    connection.receive(packet, 0, packet.length, true);
  },
};

/** A client and a worker, and what they do with payloads and results of a size. */
function jobsOf(size: number, read: Reading, type: number = SUBMIT_JOB) {
  const { router, peer } = testRouter();
  const client = peer(), worker = peer().canDo("f");
  const submit = requestOf(type, ["f", ""], size);
  const grab = request(GRAB_JOB);
  const handle = "x".repeat(router.jobs.handleLength);
  const results = Array.from(
    { length: JOBS },
    () => requestOf(WORK_COMPLETE, [handle], size),
  );
  const run = () => {
    for (let job = 0; job < JOBS; job++) read(client, submit);
    for (const result of results) {
      worker.raw(grab);
      const { out } = worker.connection;
      const segment = out.take()!;
      const start = segment.start + HEADER;
      set.call(result, segment.bytes.subarray(start, start + handle.length), HEADER);
      out.recycle(segment);
      sent(worker);
    }
    sent(client);
    for (const result of results) {
      read(worker, result);
      sent(client);
    }
    assertEquals(router.jobs.size, 0);
  };
  return { router, peer, client, submit, grab, run };
}

describe("a job from submit to result with payload and result of", () => {
  for (const [how, read] of Object.entries(READINGS)) {
    // The payload when the job is kept, unless the chunk may be, and both when they are sent.
    const copies = read === READINGS[STAYS] ? 2 : 3;
    test(`4 KiB, ${how}, takes no new bytes, and makes ${copies} copies of such a size`, () => {
      const { run } = jobsOf(4 * KIB, read);
      run();
      let copied = 0;
      const allocated = bytesAllocatedBy(() => copied = bytesCopiedBy(run)) / JOBS;
      assert(allocated < FEW_BYTES, `${allocated} bytes`);
      assert(copied <= JOBS * copies * (4 * KIB + FEW_BYTES), `${copied} bytes in ${JOBS} jobs`);
    });

    test(`1 MiB, ${how}, takes no new bytes, and copies no more of them than a chunk each`, () => {
      const { router, run } = jobsOf(MIB, read);
      run();
      const { freeBytes } = router.buffers;
      let copied = 0;
      const allocated = bytesAllocatedBy(() => copied = bytesCopiedBy(run)) / JOBS;
      assert(allocated < FEW_BYTES, `${allocated} bytes`);
      assert(copied <= JOBS * 2 * (CHUNK + FEW_BYTES), `${copied} bytes in ${JOBS} jobs`);
      assertEquals(router.buffers.freeBytes, freeBytes, "all are given back");
    });
  }
});

describe("a background job of", () => {
  for (const size of [2 * KIB, 4 * KIB, 32 * KIB]) {
    test(`${size / KIB} KiB keeps as many bytes as it has, and copies them once`, () => {
      const { client, submit } = jobsOf(
        size,
        READINGS[STAYS],
        SUBMIT_JOB_BG,
      );
      const submits = 60;
      let copied = 0;
      const allocated = bytesAllocatedBy(() => {
        copied = bytesCopiedBy(() => {
          for (let job = 0; job < submits; job++) client.raw(submit);
        });
      }) / submits;
      // In a slab there may be some room left.
      assert(allocated >= size && allocated < size + size / 8, `${allocated} bytes`);
      assert(copied <= submits * (size + FEW_BYTES), `${copied} bytes in ${submits} jobs`);
    });
  }
});

describe("the buffer of a job of 1 MiB is used again when", () => {
  const [read] = Object.values(READINGS);

  /** Fails if jobs that end this way take new bytes, each after the one before. */
  function assertGivesBack(end: (jobs: ReturnType<typeof jobsOf>) => void): void {
    const jobs = jobsOf(MIB, read);
    end(jobs);
    const allocated = bytesAllocatedBy(() => {
      for (let job = 0; job < JOBS; job++) end(jobs);
    }) / JOBS;
    assert(allocated < KIB, `${allocated} bytes`);
    assertEquals(jobs.router.jobs.size, 0);
  }

  test("its client leaves before a worker has it", () => {
    assertGivesBack(({ peer, submit }) => {
      const client = peer();
      read(client, submit);
      client.connection.closed();
    });
  });

  test("its client leaves, and then its worker", () => {
    const canDo = request(PacketType.CAN_DO, "g");
    const submit = requestOf(SUBMIT_JOB, ["g", ""], MIB);
    assertGivesBack(({ peer, grab }) => {
      const client = peer(), worker = peer().raw(canDo);
      read(client, submit);
      worker.raw(grab);
      client.connection.closed();
      worker.connection.closed();
    });
  });

  test("it is cancelled", () => {
    assertGivesBack(({ router, client, submit }) => {
      read(client, submit);
      const [job] = router.jobs.values();
      router.operations.cancel(job, null);
      sent(client);
    });
  });

  test("the client leaves before all of it has come", () => {
    const half = requestOf(SUBMIT_JOB, ["f", ""], MIB).subarray(0, MIB / 2);
    assertGivesBack(({ peer }) => {
      const client = peer();
      read(client, half);
      client.connection.closed();
    });
  });
});
