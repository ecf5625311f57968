/**
 * How much memory a router takes for each job or packet: prints it as JSON, in bytes. Run by
 * `heap_test.ts` in a process of its own, in which nothing is collected as garbage and no code is
 * optimized: then the heap grows by what the code allocates as it is written, each time the same.
 *
 * @module
 */
import process from "node:process";
import { PacketType } from "../../protocol/mod.ts";
import { Job } from "../../router/model/job.ts";
import { Subscriber } from "../../router/model/subscriber.ts";
import { Priority } from "../../router/mod.ts";
import { SequenceTable } from "../../router/containers/sequence_table.ts";
import { emptySubmission } from "../../router/model/submission.ts";
import { joined } from "../protocol/recorder.ts";
import { type FakePeer, request } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

const {
  ECHO_REQ,
  GRAB_JOB,
  PRE_SLEEP,
  SUBMIT_JOB,
  SUBMIT_JOB_BG,
  WORK_COMPLETE,
  WORK_STATUS,
} = PacketType;
/** Packets in a chunk: what is allocated once for a chunk is next to nothing for each of them. */
const IN_CHUNK = 1000;
const WARM_UP = 4;
const ROUNDS = 12;
const DIGITS = 14;
const HEADER = 12;

/** Bytes of heap that each of the `count` things costs that `round` does. */
function bytesForEach(count: number, round: () => void): number {
  for (let index = 0; index < WARM_UP; index++) round();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < ROUNDS; index++) round();
  return (process.memoryUsage().heapUsed - before) / (ROUNDS * count);
}

/** Drops what a peer was sent, as a transport does that has sent it. */
function sent({ connection: { out } }: FakePeer): void {
  for (let segment = out.take(); segment !== undefined; segment = out.take()) out.recycle(segment);
}

/** The same packet once for each of a chunk. */
function chunk(...packets: Uint8Array[]): Uint8Array {
  return joined(Array.from({ length: IN_CHUNK }, () => packets).flat());
}

/** Packets about jobs with consecutive numbers; the numbers are written in without a string. */
class Numbered {
  readonly bytes: Uint8Array;
  readonly #packetLength: number;
  readonly #digitsEnd: number;

  /** @param handle of any job. */
  constructor(type: number, handle: string, ...args: string[]) {
    const packet = request(type, handle, ...args);
    this.bytes = chunk(packet);
    this.#packetLength = packet.length;
    this.#digitsEnd = HEADER + handle.length;
  }

  /** They are about the jobs from this number on. */
  startAt(number: number): Uint8Array {
    for (let index = 0; index < IN_CHUNK; index++) {
      let rest = number + index;
      const end = this.#digitsEnd + index * this.#packetLength;
      for (let position = end - 1; position >= end - DIGITS; position--) {
        const digit = rest % 10;
        this.bytes[position] = 0x30 + digit;
        rest = (rest - digit) / 10;
      }
    }
    return this.bytes;
  }
}

/** What each call of `make` costs, which is given numbers that only grow. */
function costOf(make: (number: number) => unknown): number {
  let number = 0;
  return bytesForEach(IN_CHUNK, () => {
    for (let index = 0; index < IN_CHUNK; index++) make(number++);
  });
}

/** What is allocated for a good reason, each by itself. */
function parts() {
  const { router, peer } = testRouter();
  const client = peer();
  const job = router.enqueueJob({ function: "f" })!;
  const content = emptySubmission();
  const table = new SequenceTable<Job>();
  const entries = new Map<number, Job>();
  const list: Job[] = [];
  let fraction = 0.5;
  let kept: unknown;
  return {
    job: costOf((number) => kept = new Job(number, job.func, Priority.NORMAL, true, content)),
    place: costOf((number) => table.add(number, job)),
    listener: costOf(() => {
      // One that is attached already is only counted.
      job.firstSubscriber = null;
      Subscriber.attach(job, client.connection);
    }),
    progress: costOf((number) => kept = { numerator: number, denominator: 100 }),
    fraction: costOf(() => kept = fraction = fraction + 1),
    entry: costOf((number) => {
      entries.set(number, job);
      entries.delete(number);
    }),
    refill: costOf(() => {
      list.length = 0;
      list.push(job);
    }),
    walk: costOf(() => {
      for (const item of list) kept = item;
    }),
    closure: costOf(() => kept = () => kept),
  };
}

/** The same request, again and again, and its answers. */
function requests(peer: FakePeer, packet: Uint8Array): number {
  const packets = chunk(packet);
  return bytesForEach(IN_CHUNK, () => {
    peer.raw(packets);
    sent(peer);
  });
}

function echoes(): number {
  return requests(testRouter().peer(), request(ECHO_REQ, "a text"));
}

function grabsForNothing(): number {
  return requests(testRouter().peer().canDo("f"), request(GRAB_JOB));
}

function backgroundSubmits(): number {
  return requests(testRouter().peer(), request(SUBMIT_JOB_BG, "f", "", "job"));
}

function statusUpdates(): number {
  const { peer } = testRouter();
  const client = peer(), worker = peer().canDo("f");
  client.submit("SUBMIT_JOB", "f", "", "");
  const [handle] = worker.grab()!;
  const updates = chunk(request(WORK_STATUS, handle, "1", "100"));
  return bytesForEach(IN_CHUNK, () => {
    worker.raw(updates);
    sent(client);
  });
}

/** Jobs from submit to result; the worker is woken for each chunk of them, and sleeps again. */
function foregroundJobs(): number {
  const { peer } = testRouter();
  const client = peer(), worker = peer().canDo("f");
  const handle = client.submit("SUBMIT_JOB", "f", "", "");
  worker.grab();
  worker.send("WORK_COMPLETE", handle, "").send("PRE_SLEEP");
  sent(client);
  const submits = chunk(request(SUBMIT_JOB, "f", "", "job"));
  const grabs = chunk(request(GRAB_JOB));
  const results = new Numbered(WORK_COMPLETE, handle, "a result");
  const end = joined([request(GRAB_JOB), request(PRE_SLEEP)]);
  let next = Number(handle.slice(-DIGITS)) + 1;
  return bytesForEach(IN_CHUNK, () => {
    client.raw(submits);
    worker.raw(grabs);
    sent(worker);
    worker.raw(results.startAt(next));
    worker.raw(end);
    sent(client);
    sent(worker);
    next += IN_CHUNK;
  });
}

/** The same, but for each job a sleeping worker is woken. */
function wokenJobs(): number {
  const { peer } = testRouter();
  const client = peer(), worker = peer().canDo("f");
  const handle = client.submit("SUBMIT_JOB", "f", "", "");
  worker.grab();
  worker.send("WORK_COMPLETE", handle, "").send("PRE_SLEEP");
  sent(client);
  const submit = request(SUBMIT_JOB, "f", "", "job");
  const grab = request(GRAB_JOB);
  const result = request(WORK_COMPLETE, handle, "a result");
  const end = joined([request(GRAB_JOB), request(PRE_SLEEP)]);
  const results = new Numbered(WORK_COMPLETE, handle, "a result");
  let next = Number(handle.slice(-DIGITS)) + 1;
  return bytesForEach(IN_CHUNK, () => {
    results.startAt(next);
    for (let index = 0; index < IN_CHUNK; index++) {
      client.raw(submit);
      worker.raw(grab);
      const { length } = result;
      worker.connection.receive(results.bytes, index * length, (index + 1) * length, false);
      worker.raw(end);
    }
    sent(client);
    sent(worker);
    next += IN_CHUNK;
  });
}

console.log(JSON.stringify({
  parts: parts(),
  loads: {
    echo: echoes(),
    grab: grabsForNothing(),
    background: backgroundSubmits(),
    status: statusUpdates(),
    foreground: foregroundJobs(),
    woken: wokenJobs(),
  },
}));
