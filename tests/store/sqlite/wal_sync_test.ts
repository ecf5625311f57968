import { EventEmitter, once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { SqliteStore } from "../../../store/sqlite/store.ts";
import { WalSync } from "../../../store/sqlite/wal_sync.ts";
import { batch, storedJob } from "../contract.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-sync-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));
const log = join(directory, "a.db-wal");
fs.writeFileSync(log, "");

type Done = (error?: Error | null) => void;

describe("A log that is synced after writes", () => {
  test("is synced once for all writes of that time, and again for later ones", async () => {
    const syncs = new EventEmitter();
    const errors: Error[] = [];
    const sync = new WalSync(log, 1, (error) => errors.push(error), (_descriptor, done) => {
      syncs.emit("sync", done);
    });
    const first = once(syncs, "sync");
    for (let write = 0; write < 3; write++) sync.written();
    const [done] = await first as [Done];
    let calls = 1;
    syncs.on("sync", () => calls++);
    // This one has to wait until the first is done.
    sync.written();
    done(null);
    const [second] = await once(syncs, "sync") as [Done];
    second(new Error("I/O error"));
    assertEquals([calls, errors.map(({ message }) => message)], [2, ["I/O error"]]);
    sync.written();
    const [third] = await once(syncs, "sync") as [Done];
    sync.close();
    third(new Error("too late"));
    assertEquals(errors.length, 1);
  });

  test("is synced at once behind a sync that took longer than the delay", async () => {
    await withTimers((ring) => {
      const dones: Done[] = [];
      const sync = new WalSync(log, 10, () => {}, (_descriptor, done) => dones.push(done));
      sync.written();
      ring();
      sync.written();
      ring();
      assertEquals(dones.length, 1);
      dones[0](null);
      assertEquals(dones.length, 2);
      dones[1](null);
      sync.close();
      assertEquals(dones.length, 2);
    });
  });

  test("is synced again after a sync that failed", async () => {
    await withTimers((ring) => {
      const dones: Done[] = [];
      const errors: Error[] = [];
      const sync = new WalSync(log, 10, (error) => errors.push(error), (_descriptor, done) => {
        dones.push(done);
      });
      sync.written();
      ring();
      dones[0](new Error("I/O error"));
      assertEquals([errors.length, ring()], [1, 1]);
      assertEquals(dones.length, 2);
      dones[1](null);
      assertEquals(ring(), 0);
      sync.close();
    });
  });

  test("that could not be synced is written to the database at once", async () => {
    await withTimers((ring) => {
      const [path, copy] = ["failed.db", "copy.db"].map((name) => join(directory, name));
      const dones: Done[] = [];
      const errors: string[] = [];
      const onError = ({ message }: Error) => void errors.push(message);
      const store = SqliteStore.open(path, { sync: 10, onError }, (_descriptor, done) => {
        dones.push(done);
      });
      store.write(batch({ added: [storedJob(1)] }));
      ring();
      const jobsInFile = () => {
        fs.copyFileSync(path, copy);
        const without = SqliteStore.open(copy, { sync: "off" });
        const { length } = without.load(0, 10, 0);
        without.close();
        return length;
      };
      assertEquals(jobsInFile(), 0);
      dones[0](new Error("EIO: i/o error"));
      assertEquals(jobsInFile(), 1);
      assertEquals(errors, [
        `sqlite:${path}: the disk cannot be read or written (EIO: i/o error)`,
      ]);
      store.close();
    });
  });

  test("must be there", () => {
    assertThrows(() => new WalSync(join(directory, "none"), 0, () => {}), Error, "ENOENT");
  });

  const kinds = [
    [7, "jobs of a store with a number of milliseconds", { added: [storedJob(1)] }, [7]],
    ["always", "ends of jobs in a store that syncs new ones at once", { removed: [1] }, [100]],
    ["always", "nothing that such a store has synced", { added: [storedJob(2)] }, []],
    ["off", "nothing of a store that leaves it to the system", { added: [storedJob(1)] }, []],
  ] as const;
  for (const [sync, name, parts, expected] of kinds) {
    test(`is told ${name}`, () => {
      const store = SqliteStore.open(join(directory, `${sync}.db`), { sync });
      assertEquals(delaysIn(() => store.write(batch(parts))), [...expected]);
      store.close();
    });
  }
});

/** What timers are set meanwhile. */
function delaysIn(act: () => void): (number | undefined)[] {
  const { setTimeout } = globalThis;
  const delays: (number | undefined)[] = [];
  const recording = (run: () => void, delay?: number) => {
    delays.push(delay);
    return setTimeout(run, delay);
  };
  globalThis.setTimeout = recording as typeof setTimeout;
  try {
    act();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return delays;
}

/** Timers that are set meanwhile ring when the test says so: all of them, and it is told how many. */
async function withTimers(act: (ring: () => number) => void | Promise<void>): Promise<void> {
  const { setTimeout, clearTimeout } = globalThis;
  const set = new Map<object, () => void>();
  globalThis.setTimeout = ((run: () => void) => {
    const timer = {};
    set.set(timer, run);
    return timer;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer: object) => void set.delete(timer)) as typeof clearTimeout;
  try {
    await act(() => {
      const due = [...set.values()];
      set.clear();
      for (const run of due) run();
      return due.length;
    });
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}
