import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { batch, bytes, storedJob } from "../store/contract.ts";
import { startServe } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { unless } from "../support/unless.ts";

const folder = fs.mkdtempSync(join(tmpdir(), "geartrain-start-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
const JOBS = 300_000;
/** As objects they take more than twice as much on both runtimes. */
const MOST_MEBIBYTES = 190;
const skip = process.platform === "linux" ? false : "only Linux tells the most memory of a process";

/** A store with jobs that have long uniques. */
function largeStore(): string {
  const path = join(folder, "queue.db");
  const store = SqliteStore.open(path, { sync: "off", reserve: 0 });
  for (let first = 1; first <= JOBS; first += 1000) {
    const added = Array.from({ length: 1000 }, (_, index) => {
      const unique = bytes(`${first + index}`.padStart(64, "u"));
      return storedJob(first + index, { functionName: bytes("f"), unique });
    });
    store.write(batch({ added }));
  }
  store.close();
  return path;
}

describe("a start with many stored jobs", () => {
  test(
    ...unless(skip, "takes as much memory as --jobs-in-memory says, and little for the others"),
    async () => {
      const args = ["--store", `sqlite:${largeStore()}`, "--jobs-in-memory", "1000"];
      await using program = startServe(args);
      await program.line(new RegExp(`${JOBS} stored jobs are back`));
      using peer = await RawPeer.connect(await program.port());
      assertEquals(await peer.send("status\n").textReply(), [`f\t${JOBS}\t0\t0`]);
      const pid = String(await peer.send("getpid\n").next()).match(/\d+/)![0];
      // By a program of the system, as Deno lets only those look there who have all permissions.
      const status = execFileSync("cat", [`/proc/${pid}/status`], { encoding: "utf8" });
      const peak = Number(/VmHWM:\s*(\d+) kB/.exec(status)![1]) / 1024;
      assert(peak < MOST_MEBIBYTES, `${peak} MiB at most`);
    },
  );
});
