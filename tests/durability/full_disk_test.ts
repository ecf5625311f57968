import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { FileReserve } from "../../store/sqlite/disk_reserve.ts";
import { SqliteStore, type SqliteStoreOptions } from "../../store/sqlite/store.ts";
import { StoreFullError } from "../../store/store.ts";
import { batch, storedJob } from "../store/contract.ts";
import { unless } from "../support/unless.ts";

const mounted: string[] = [];
after(() => {
  for (const folder of mounted) {
    execFileSync("umount", ["--lazy", folder]);
    fs.rmdirSync(folder);
  }
});

/** A disk of its own, or why there can be none. */
function newDisk(megabytes: number): { folder: string } | { why: string } {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return { why: "only root mounts" };
  const folder = fs.mkdtempSync(join(tmpdir(), "geartrain-disk-"));
  try {
    const options = ["-t", "tmpfs", "-o", `size=${megabytes}M`];
    execFileSync("mount", [...options, "tmpfs", folder], { stdio: "pipe" });
  } catch {
    fs.rmdirSync(folder);
    return { why: "nothing can be mounted here" };
  }
  mounted.push(folder);
  return { folder };
}

const PER_BATCH = 500;

/** Stores jobs until there is no room; how many are there. */
function fill(store: SqliteStore, first = 1): number {
  for (let next = first;; next += PER_BATCH) {
    const added = Array.from(
      { length: PER_BATCH },
      (_, index) => storedJob(next + index, { payload: new Uint8Array(200) }),
    );
    try {
      store.write(batch({ added }));
    } catch (error) {
      assert(error instanceof StoreFullError, String(error));
      return next - 1;
    }
  }
}

function drain(store: SqliteStore): void {
  for (;;) {
    const removed = store.load(0, 1000, 0).map(({ number }) => number);
    if (removed.length === 0) return;
    store.write(batch({ removed }));
  }
}

const SYNC: SqliteStoreOptions = { sync: "off" };

describe("A disk that jobs have filled", () => {
  const disk = newDisk(64);
  const skip = "why" in disk && disk.why;
  const path = "folder" in disk ? join(disk.folder, "queue.db") : "";

  test(...unless(skip, "has room for what has ended, and then for as many jobs as before"), () => {
    const store = SqliteStore.open(path, SYNC);
    const count = fill(store);
    assert(count > 30_000, `only ${count} jobs`);
    drain(store);
    const last = fill(store, count + 1);
    assert(last - count >= count * 0.99, `${last - count} jobs after ${count}`);
    drain(store);
    store.close();
    const again = SqliteStore.open(path, SYNC);
    assertEquals(again.load(0, 10, 0), []);
    assertEquals(again.nextNumber, last + 1);
    again.close();
    fs.rmSync(path);
  });

  test(
    ...unless(skip, "gives up the reserve of a killed server, and lets the next one begin"),
    () => {
      const small = { ...SYNC, reserve: 4 * 1024 * 1024 };
      const killed = SqliteStore.open(path, small);
      killed.write(batch({ added: [storedJob(1), storedJob(2)] }));
      const { folder } = disk as { folder: string };
      const copy = join(folder, "copy.db");
      for (const end of ["", "-wal", "-reserve"]) {
        fs.copyFileSync(path + end, copy + end);
      }
      const other = fs.openSync(join(folder, "other"), "w");
      assertThrows(() => {
        for (;;) fs.writeSync(other, new Uint8Array(4096));
      });
      fs.closeSync(other);
      const store = SqliteStore.open(copy, small);
      store.write(batch({ removed: [1] }));
      assertEquals(store.load(0, 10, 0).map(({ number }) => number), [2]);
      store.close();
      killed.close();
      fs.rmSync(join(folder, "other"));
    },
  );

  test(...unless(skip, "has no part of a reserve that there is no room for"), () => {
    const database = join((disk as { folder: string }).folder, "reserved");
    fs.writeFileSync(database, "");
    assertThrows(() => new FileReserve(database, 100 * 1024 * 1024).make());
    assertEquals(fs.statSync(`${database}-reserve`).size, 0);
  });
});
