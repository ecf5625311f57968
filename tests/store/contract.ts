/**
 * What every store must do. A test file calls {@linkcode contractTests} with a way to open a store.
 *
 * @module
 */
import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  type JobChange,
  type JobStore,
  type LoadedJob,
  type LocalStore,
  type StoreBatch,
  type StoredJob,
  type StoredMaxQueue,
  type StoredRecord,
  StoreError,
} from "../../store/store.ts";
import { arbitraryHistory, StoreModel } from "./model.ts";

/** Stores of one kind. */
export interface StoreKind {
  readonly name: string;
  /** An empty one. */
  create(): JobStore;
  /** What a restart makes of it: closes it and opens it again. Missing where nothing stays. */
  readonly reopen?: (store: JobStore) => JobStore;
  /** Lets go of it for ever. */
  remove(store: JobStore): void;
}

const ALL = 1000;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
export const EMPTY = new Uint8Array(0);

/** A job; what is not said is as plain as can be. */
export function storedJob(number: number, parts: Partial<StoredJob> = {}): StoredJob {
  return {
    number,
    functionName: bytes("resize"),
    unique: EMPTY,
    reducer: EMPTY,
    payload: bytes(`payload ${number}`),
    priority: 1,
    due: 0,
    losses: 0,
    failures: 0,
    state: "waiting",
    error: EMPTY,
    runs: EMPTY,
    ...parts,
  };
}

/** A change of a job; what is not said is as plain as can be. */
export function jobChange(number: number, parts: Partial<JobChange> = {}): JobChange {
  const plain = { losses: 0, failures: 0, state: "waiting" } as const;
  return { number, priority: 1, due: null, ...plain, error: EMPTY, runs: EMPTY, ...parts };
}

/** A batch of these, and nothing else. */
export function batch(parts: Partial<StoreBatch>): StoreBatch {
  const nothing = { added: [], replaced: [], changed: [], removed: [], maxQueues: [], records: [] };
  return { ...nothing, nextNumber: 0, ...parts };
}

/** Its bytes as UTF-8. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** All jobs of a store, with their payloads. */
export function allOf(store: LocalStore): StoredJob[] {
  return store.load(0, ALL, NO_LIMIT).map(whole);
}

/** The same for one that may take its time. */
async function jobsOf(store: JobStore): Promise<StoredJob[]> {
  return (await store.load(0, ALL, NO_LIMIT)).map(whole);
}

async function nextNumberOf(store: JobStore): Promise<number> {
  return (await store.open()).nextNumber;
}

/** The payload of a job. */
async function payloadOf(store: JobStore, number: number): Promise<Uint8Array> {
  return plain((await store.payloads([number])).get(number)!);
}

/** A loaded job as it was stored. */
function whole({ payload, payloadLength, ...job }: LoadedJob): StoredJob {
  assert(payload !== null);
  assertEquals(payload.length, payloadLength);
  return {
    ...job,
    payload: plain(payload),
    functionName: plain(job.functionName),
    ...namesOf(job),
  };
}

function namesOf({ unique, reducer, error, runs }: Omit<LoadedJob, "payload" | "payloadLength">) {
  const said = { error: plain(error), runs: plain(runs) };
  return { unique: plain(unique), reducer: plain(reducer), ...said };
}

/** A subclass such as Buffer equals no Uint8Array. */
function plain(from: Uint8Array): Uint8Array {
  return Uint8Array.from(from);
}

/** The limits of a store, by the name of the function. */
export function limitsOf(store: LocalStore): Record<string, readonly number[]> {
  return limitsIn(store.maxQueues());
}

async function storedLimits(store: JobStore): Promise<Record<string, readonly number[]>> {
  return limitsIn((await store.open()).maxQueues);
}

function limitsIn(maxQueues: readonly StoredMaxQueue[]): Record<string, readonly number[]> {
  return Object.fromEntries(
    maxQueues.map(({ functionName, limits }) => [`${plain(functionName)}`, [...limits]] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}

/** The records of a store, by kind and key; as text, as keys and values may be any bytes. */
export function recordsIn(records: readonly StoredRecord[]): Record<string, string> {
  return Object.fromEntries(
    records.map(({ kind, key, value }) => [`${kind} ${plain(key)}`, `${plain(value)}`] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}

async function storedRecords(store: JobStore): Promise<Record<string, string>> {
  return recordsIn((await store.open()).records);
}

/** Writes what cannot be written; that is said in one line which names the store. */
export async function assertRefused(store: JobStore, refused: StoreBatch): Promise<StoreError> {
  const error = await assertRejects(async () => await store.write(refused), StoreError);
  assertEquals(error.message.split("\n").length, 1);
  assert(error.message.startsWith(`${store.name}: `), error.message);
  return error;
}

/** Defines the tests. */
export function contractTests(kind: StoreKind): void {
  const withStore = (name: string, body: (store: JobStore) => Promise<void>) =>
    test(name, async () => {
      const store = kind.create();
      try {
        await body(store);
      } finally {
        kind.remove(store);
      }
    });
  describe(`${kind.name}: a store`, () => {
    jobTests(withStore);
    pageTests(withStore);
    batchTests(withStore);
    numberTests(withStore, kind);
    historyTest(kind);
  });
}

type WithStore = (name: string, body: (store: JobStore) => Promise<void>) => void;

function jobTests(withStore: WithStore): void {
  withStore("gives back every part of a job", async (store) => {
    const job = storedJob(7, {
      unique: bytes("u"),
      reducer: bytes("sum"),
      priority: 2,
      due: 1_799_999_999_999,
      losses: 3,
      failures: 4,
      state: "dead",
      error: bytes("no such image\0"),
      runs: bytes("[lost, failed]"),
    });
    await store.write(batch({ added: [job] }));
    assertEquals(await jobsOf(store), [job]);
    assertEquals(await payloadOf(store, 7), job.payload);
  });

  withStore("keeps names and payloads of all bytes, and of none", async (store) => {
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    const added = [
      storedJob(1, {
        functionName: every,
        unique: every.subarray(0, 64),
        reducer: every.subarray(192),
      }),
      storedJob(2, { payload: every }),
      storedJob(3, { payload: EMPTY }),
      storedJob(4, { functionName: bytes("a\0b"), unique: bytes("\0"), payload: bytes("\0x\0") }),
      storedJob(5, { functionName: EMPTY, payload: new Uint8Array(3_000_000).fill(7) }),
      // Part of something larger: only that part is stored.
      storedJob(6, { functionName: every.subarray(65, 70), payload: every.subarray(1, 9) }),
    ];
    await store.write(batch({ added }));
    const expected = added.map((job) => ({
      ...job,
      functionName: plain(job.functionName),
      unique: plain(job.unique),
      reducer: plain(job.reducer),
      payload: plain(job.payload),
    }));
    assertEquals(await jobsOf(store), expected);
    assertEquals((await payloadOf(store, 3)).length, 0);
  });

  withStore("does not care what becomes of the bytes it was given", async (store) => {
    const payload = bytes("before");
    await store.write(batch({ added: [storedJob(1, { payload })] }));
    payload.fill(0);
    assertEquals(await payloadOf(store, 1), bytes("before"));
  });

  withStore("has no payload of a job that it does not have", async (store) => {
    await store.write(batch({ added: [storedJob(1), storedJob(2)] }));
    const found = await store.payloads([2, 5]);
    assertEquals([...found].map(([number, payload]) => [number, plain(payload)]), [
      [2, bytes("payload 2")],
    ]);
  });
}

function pageTests(withStore: WithStore): void {
  withStore("gives jobs in the order of their numbers, a page at a time", async (store) => {
    const numbers = [9, 2, 30, 4, 11];
    await store.write(batch({ added: numbers.map((number) => storedJob(number)) }));
    const page = async (after: number, count: number) =>
      (await store.load(after, count, NO_LIMIT)).map(({ number }) => number);
    assertEquals(await page(0, 2), [2, 4]);
    assertEquals(await page(4, 2), [9, 11]);
    assertEquals(await page(11, 2), [30]);
    assertEquals([await page(30, 2), await page(0, 0)], [[], []]);
  });

  withStore("leaves out payloads beyond a number of bytes, but no empty ones", async (store) => {
    const sizes = [10, 10, 0, 10, 0];
    const added = sizes.map((size, index) =>
      storedJob(index + 1, { payload: new Uint8Array(size) })
    );
    await store.write(batch({ added }));
    const kept = async (limit: number, count = ALL) =>
      (await store.load(0, count, limit)).map(({ payload, payloadLength }) => {
        if (payload !== null) assertEquals(payload.length, payloadLength);
        return payload !== null;
      });
    assertEquals(await kept(30), [true, true, true, true, true]);
    assertEquals(await kept(29), [true, true, true, false, true]);
    assertEquals(await kept(19), [true, false, true, false, true]);
    assertEquals(await kept(0, 3), [false, false, true]);
    assertEquals((await store.load(0, ALL, 0)).map(({ payloadLength }) => payloadLength), sizes);
  });
}

function batchTests(withStore: WithStore): void {
  withStore("changes and removes jobs, and leaves out those it does not have", async (store) => {
    await store.write(batch({ added: [1, 2, 3].map((number) => storedJob(number)) }));
    await store.write(batch({
      changed: [jobChange(2, { priority: 0, losses: 4 }), jobChange(9, { losses: 1 })],
      removed: [1, 8],
    }));
    assertEquals(await jobsOf(store), [storedJob(2, { priority: 0, losses: 4 }), storedJob(3)]);
  });

  withStore("changes when a job is to run, and what went wrong with it", async (store) => {
    const error = bytes("out of memory");
    await store.write(
      batch({ added: [storedJob(1, { due: 5 }), storedJob(2, { unique: error })] }),
    );
    const failed = { losses: 2 ** 33, failures: 2 ** 34, error, runs: bytes("two") };
    await store.write(batch({
      changed: [jobChange(1, failed), jobChange(2, { due: 2 ** 52, ...failed, state: "dead" })],
    }));
    const dead = storedJob(2, { unique: error, due: 2 ** 52, ...failed, state: "dead" });
    assertEquals(await jobsOf(store), [storedJob(1, { due: 5, ...failed }), dead]);
    const revived = jobChange(2, { priority: 2, due: 0 });
    await store.write(batch({ changed: [revived] }));
    assertEquals((await jobsOf(store))[1], storedJob(2, { unique: error, priority: 2 }));
  });

  withStore("takes a job that is changed or ends in the batch that adds it", async (store) => {
    await store.write(batch({
      added: [storedJob(1), storedJob(2)],
      changed: [jobChange(1, { priority: 2, losses: 1 })],
      removed: [2],
    }));
    assertEquals(await jobsOf(store), [storedJob(1, { priority: 2, losses: 1 })]);
  });

  withStore("writes nothing of a batch that cannot be written, and then goes on", async (store) => {
    const limits = [1, 2, 3] as const;
    await store.write(batch({ added: [storedJob(1), storedJob(2)], nextNumber: 5 }));
    await assertRefused(
      store,
      batch({
        added: [storedJob(6), storedJob(2)],
        changed: [jobChange(1, { priority: 0, losses: 1 })],
        removed: [1],
        maxQueues: [{ functionName: bytes("f"), limits }],
        records: [{ kind: "pause", key: bytes("f"), value: EMPTY }],
        nextNumber: 50,
      }),
    );
    assertEquals(await jobsOf(store), [storedJob(1), storedJob(2)]);
    assertEquals([await storedLimits(store), await nextNumberOf(store)], [{}, 5]);
    assertEquals(await storedRecords(store), {});
    await store.write(batch({ added: [storedJob(6)], removed: [1] }));
    assertEquals(await jobsOf(store), [storedJob(2), storedJob(6)]);
  });

  withStore("keeps the limits of functions, until they have none", async (store) => {
    const [f, g] = [bytes("f"), bytes("g\0\xff")];
    const set = (func: Uint8Array, ...limits: [number, number, number]) =>
      store.write(batch({ maxQueues: [{ functionName: func, limits }] }));
    await set(f, 1, 2, 3);
    await set(g, 0, 0, 9);
    await set(f, 4, 0, 2 ** 40);
    assertEquals(await storedLimits(store), { [`${f}`]: [4, 0, 2 ** 40], [`${g}`]: [0, 0, 9] });
    await set(f, 0, 0, 0);
    assertEquals(await storedLimits(store), { [`${g}`]: [0, 0, 9] });
  });

  withStore("keeps records of any bytes, and of none, until they are taken out", async (store) => {
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    const write = (kind: string, key: Uint8Array, value: Uint8Array | null) =>
      store.write(batch({ records: [{ kind, key, value }] }));
    await write("pause", every, every);
    await write("pause", EMPTY, EMPTY);
    await write("result", EMPTY, new Uint8Array(300_000));
    await write("pause", every, bytes("later"));
    const result = { "result ": `${new Uint8Array(300_000)}` };
    const pauses = { "pause ": "", [`pause ${every}`]: `${bytes("later")}` };
    assertEquals(await storedRecords(store), { ...pauses, ...result });
    await write("pause", EMPTY, null);
    await write("schedule", EMPTY, null);
    await write("pause", every, null);
    assertEquals(await storedRecords(store), result);
  });

  withStore("does not care what becomes of the bytes of a record", async (store) => {
    const [key, value] = [bytes("key"), bytes("value")];
    await store.write(batch({ records: [{ kind: "pause", key, value }] }));
    key.fill(0);
    value.fill(0);
    const found = await storedRecords(store);
    assertEquals(found, { [`pause ${bytes("key")}`]: `${bytes("value")}` });
  });

  withStore("takes an empty batch", async (store) => {
    await store.write(batch({}));
    assertEquals([await jobsOf(store), await nextNumberOf(store)], [[], 1]);
  });
}

function numberTests(withStore: WithStore, { reopen, create, remove }: StoreKind): void {
  withStore("knows the lowest number that no job has had", async (store) => {
    assertEquals(await nextNumberOf(store), 1);
    await store.write(batch({ added: [storedJob(3), storedJob(2)] }));
    assertEquals(await nextNumberOf(store), 4);
    await store.write(batch({ nextNumber: 10 }));
    await store.write(batch({ removed: [3], nextNumber: 6 }));
    assertEquals(await nextNumberOf(store), 10);
  });

  withStore("has room for 10^14 jobs", async (store) => {
    const last = 10 ** 14 - 1;
    await store.write(batch({ added: [storedJob(last, { due: 2 ** 52 })] }));
    assertEquals(await jobsOf(store), [storedJob(last, { due: 2 ** 52 })]);
    assertEquals([await nextNumberOf(store), (await payloadOf(store, last)).length], [
      10 ** 14,
      22,
    ]);
    await store.write(batch({ changed: [jobChange(last, { priority: 0, losses: 1 })] }));
    assertEquals((await jobsOf(store))[0].losses, 1);
    await store.write(batch({ removed: [last] }));
    assertEquals(await jobsOf(store), []);
  });

  if (reopen === undefined) return;
  test("has everything after a restart, also numbers of jobs that are gone", async () => {
    let store = create();
    const { handleBase } = await store.open();
    try {
      await store.write(batch({
        added: [storedJob(1), storedJob(2, { payload: EMPTY }), storedJob(3)],
        maxQueues: [{ functionName: bytes("f"), limits: [1, 2, 3] }],
        records: [{ kind: "pause", key: EMPTY, value: EMPTY }],
      }));
      await store.write(batch({ removed: [3] }));
      store = reopen(store);
      assertEquals(await jobsOf(store), [storedJob(1), storedJob(2, { payload: EMPTY })]);
      assertEquals(await storedLimits(store), { [`${bytes("f")}`]: [1, 2, 3] });
      assertEquals(await storedRecords(store), { "pause ": "" });
      assertEquals([(await store.open()).handleBase, await nextNumberOf(store)], [handleBase, 4]);
      await store.write(batch({ nextNumber: 9 }));
      store = reopen(store);
      assertEquals(await nextNumberOf(store), 9);
      await assertRefused(store, batch({ added: [storedJob(1)] }));
      await store.write(batch({ added: [storedJob(12)], removed: [1, 2, 12] }));
      store = reopen(store);
      assertEquals([await jobsOf(store), await nextNumberOf(store)], [[], 13]);
    } finally {
      remove(store);
    }
  });
}

function historyTest({ create, reopen, remove }: StoreKind): void {
  test("holds what a model holds after any history", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory(), async (history) => {
        let store = create();
        const model = new StoreModel();
        try {
          for (const step of history) {
            const wanted = model.batchFor(step);
            await store.write(wanted);
            model.write(wanted);
            if (step.restarts && reopen !== undefined) store = reopen(store);
            assertEquals(await jobsOf(store), model.all());
            assertEquals(await storedLimits(store), model.limits());
            assertEquals(await storedRecords(store), model.records());
            assertEquals(await nextNumberOf(store), model.nextNumber);
          }
        } finally {
          remove(store);
        }
      }),
      { numRuns: 40 },
    );
  });
}
