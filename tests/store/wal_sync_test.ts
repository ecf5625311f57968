import { EventEmitter, once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SqliteStore } from "../../store/sqlite_store.ts";
import { StoreError } from "../../store/store.ts";
import { WalSync } from "../../store/wal_sync.ts";
import { batch, storedJob } from "./contract.ts";

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

  test("tells of a log that is not there", async () => {
    const told = new EventEmitter();
    const sync = new WalSync(join(directory, "none"), 0, (error) => told.emit("told", error));
    const heard = once(told, "told");
    sync.written();
    assertStringIncludes((await heard)[0].message, "ENOENT");
    sync.close();
  });

  const kinds = [
    [1, "jobs of a store with a number of milliseconds", { added: [storedJob(1)] }],
    ["always", "ends of jobs in a store that syncs new ones at once", { removed: [1] }],
  ] as const;
  for (const [sync, name, parts] of kinds) {
    test(`has ${name}`, async () => {
      const path = join(directory, `${sync}.db`);
      const told = new EventEmitter();
      const heard = once(told, "told");
      const store = SqliteStore.open(path, { sync, onError: (error) => told.emit("told", error) });
      // The system lets go of the name only.
      fs.rmSync(`${path}-wal`);
      store.write(batch(parts));
      const [error] = await heard;
      assert(error instanceof StoreError);
      assertMatch(error.message, /^sqlite:.*\.db: .*ENOENT/);
      store.close();
    });
  }
});
