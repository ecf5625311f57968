import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { problemsOf } from "../../store/sqlite/report.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { allOf, limitsOf, recordsIn } from "../store/contract.ts";
import { playHistory } from "./history.ts";
import { type Copy, type Files, RecordedStore, type State } from "./recorded_store.ts";
import { commitsIn, readWal } from "./wal_file.ts";

/** Another one gives another history. */
const SEED = Number(process.env.GEARTRAIN_CUT_SEED ?? 4730);
const ROUNDS = Number(process.env.GEARTRAIN_CUT_ROUNDS ?? 60);
const SECTOR = 512;
/** How many logs are cut at each of their frames. */
const LOGS = 3;

describe(`the files of a store as a crash may leave them, seed ${SEED}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "geartrain-cut-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let store: RecordedStore;

  before(async () => {
    const path = join(folder, "queue.db");
    // The second time, the log begins with what is written from now on.
    SqliteStore.open(path, { reserve: 0 }).close();
    const sqlite = SqliteStore.open(path, { reserve: 0 });
    // Few pages, so that transactions reach the log before their end, and the log begins anew often.
    sqlite.database.exec("PRAGMA cache_size = 4; PRAGMA wal_autocheckpoint = 40");
    store = new RecordedStore(sqlite);
    await playHistory(store, ROUNDS, SEED);
    store.close();
  });

  /** Opens the files: the store must have this state. */
  function assertState(files: Files, state: State, what: string): void {
    const copy = join(folder, "copy.db");
    rmSync(`${copy}-wal`, { force: true });
    writeFileSync(copy, files.database);
    if (files.log.length > 0) writeFileSync(`${copy}-wal`, files.log);
    const opened = SqliteStore.open(copy, { sync: "off", mustExist: true, reserve: 0 });
    try {
      assertEquals(allOf(opened), state.jobs, what);
      assertEquals(limitsOf(opened), state.limits, what);
      assertEquals(recordsIn(opened.records()), state.records, what);
      assertEquals([opened.handleBase, opened.nextNumber], [store.handleBase, state.nextNumber]);
      assertEquals(problemsOf(opened), [], what);
    } finally {
      opened.close();
    }
  }

  test("have all that was committed, before, amid and after every transaction", () => {
    const moments = new Map<string, number>();
    store.copies.forEach((copy, index) => {
      assertState(copy, store.states[copy.state], `copy ${index}, ${copy.moment}`);
      moments.set(copy.moment, (moments.get(copy.moment) ?? 0) + 1);
    });
    assert(moments.get("after a commit")! > ROUNDS, `${[...moments]}`);
    assert(moments.get("amid a transaction")! > ROUNDS / 2, `${[...moments]}`);
    // Some transactions were in the log, in part, before their commit.
    assert(store.copies.some(({ log }) => readWal(log).frames.at(-1)?.isCommit === false));
  });

  test("have what was committed before the place where the log is cut", () => {
    let cuts = 0;
    for (const copy of fullLogs(store.copies)) {
      const { frames } = readWal(copy.log);
      let commits = 0;
      const last = commitsIn({ frames, salt: "" });
      for (const { end, isCommit } of frames) {
        const size = frames[0].end - 32;
        const stateAt = () => store.states[Math.max(0, copy.state - last + commits)];
        for (const place of [end - size + 10, end - size / 2, end - 1]) {
          assertState({ ...copy, log: copy.log.subarray(0, place) }, stateAt(), `cut at ${place}`);
          cuts++;
        }
        if (isCommit) commits++;
        assertState({ ...copy, log: copy.log.subarray(0, end) }, stateAt(), `cut at ${end}`);
      }
    }
    assert(cuts > 100, `only ${cuts} cuts`);
  });

  test("have all that was committed when any part of the log is in the database already", () => {
    let checkpoints = 0;
    for (const [index, copy] of store.copies.entries()) {
      const previous = store.copies[index - 1];
      if (copy.moment !== "after a commit" || previous === undefined) continue;
      if (sameBytes(previous.database, copy.database)) continue;
      checkpoints++;
      for (let cut = 0; cut < 8; cut++) {
        const database = partlyWritten(previous.database, copy.database, cut);
        assertState({ ...copy, database }, store.states[copy.state], `checkpoint ${index}, ${cut}`);
      }
    }
    assert(checkpoints > 3, `only ${checkpoints} checkpoints`);
  });
});

/**
 * The first logs, each as long as it became, with the database as it was when the log began: what is
 * in the database later is in a log that cannot be cut any more, as SQLite has synced it.
 */
function fullLogs(copies: readonly Copy[]): Copy[] {
  const logs = new Map<string, Copy>();
  copies.forEach((copy, index) => {
    const { salt } = readWal(copy.log);
    const { database } = logs.get(salt) ?? copies[index - 1] ?? copy;
    if (copy.moment === "after a commit") logs.set(salt, { ...copy, database });
  });
  return [...logs.values()].slice(0, LOGS);
}

/** Some sectors are as they were, some are new. */
function partlyWritten(old: Uint8Array, written: Uint8Array, cut: number): Uint8Array {
  const mixed = Uint8Array.from(written.subarray(0, cut % 2 === 0 ? written.length : old.length));
  for (let at = 0; at < Math.min(old.length, mixed.length); at += SECTOR) {
    const isOld = (at / SECTOR * 7 + cut * 13) % 8 < cut;
    if (isOld) mixed.set(old.subarray(at, Math.min(at + SECTOR, mixed.length)), at);
  }
  return mixed;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
