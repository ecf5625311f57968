import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { describeWithPostgres } from "../support/postgres.ts";
import { type Program, runProgram, startServe } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-moving-in-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const JOBS = 300;
/** How many of them end before the move. */
const ENDED = 40;

/** Takes the next job and says that it is done; its handle and payload. */
async function workOff(worker: RawPeer): Promise<[string, string] | null> {
  worker.packet("GRAB_JOB");
  const packet = await worker.nextPacket();
  if (packet.type === "NO_JOB") return null;
  const [handle, , payload] = packet.args(3);
  worker.packet("WORK_COMPLETE", handle, "");
  return [handle, payload];
}

async function worker(program: Program): Promise<RawPeer> {
  const peer = await RawPeer.connect(await program.port());
  return peer.packet("CAN_DO", "mail");
}

describeWithPostgres("One server with SQLite becomes a cluster", (postgres) => {
  test("by the commands of docs/cluster.md, and each job runs once, under its handle", async () => {
    const [file, moved] = ["queue.db", "queue.db.moved"].map((name) => join(directory, name));
    const jobs = new Map<string, string>();
    const done: [string, string][] = [];
    {
      await using old = startServe(["--store", `sqlite:${file}`, "--verbose", "NOTICE"]);
      using client = await RawPeer.connect(await old.port());
      for (let number = 0; number < JOBS; number++) {
        const payload = `job ${number}`;
        const type = number % 3 === 0 ? "SUBMIT_JOB_HIGH_BG" : "SUBMIT_JOB_BG";
        client.packet(type, "mail", number % 2 === 0 ? `u${number}` : "", payload);
        const [handle] = await client.expect("JOB_CREATED");
        jobs.set(handle, payload);
      }
      using one = await worker(old);
      for (let count = 0; count < ENDED; count++) done.push((await workOff(one))!);
      // One runs when the stop begins: the old server waits until it is done.
      one.packet("GRAB_JOB");
      const [handle, , payload] = await one.expect("JOB_ASSIGN", 3);
      old.kill("SIGUSR2");
      await old.line(/Stopping when no job runs/);
      one.packet("WORK_COMPLETE", handle, "");
      done.push([handle, payload]);
      assertEquals((await old.end).status, 0);
    }
    const url = await postgres().database();
    const exported = await runProgram(["store", "export", file]);
    assertEquals(exported.status, 0);
    const lines = join(directory, "jobs.ndjson");
    writeFileSync(lines, exported.stdout);
    const left = `${JOBS - ENDED - 1} jobs imported`;
    // A second time, as after an import that broke off, changes nothing.
    for (const said of [left, `0 jobs imported, ${JOBS - ENDED - 1} were there already`]) {
      const { status, stdout, stderr } = await runProgram(["import", lines, "--store", url]);
      assertEquals([status, stderr], [0, []]);
      assertStringIncludes(stdout, said);
    }
    renameSync(file, moved);
    await using first = startServe(["--store", url, "--server-name", "web-1"]);
    await using second = startServe(["--store", url, "--server-name", "web-2"]);
    using one = await worker(first);
    using two = await worker(second);
    while (done.length < JOBS) {
      const found = await Promise.all([workOff(one), workOff(two)]);
      done.push(...found.filter((job) => job !== null));
    }
    assertEquals(await Promise.all([workOff(one), workOff(two)]), [null, null]);
    assertEquals(done.length, new Set(done.map(([handle]) => handle)).size);
    assertEquals(new Map(done), new Map([...jobs].sort(by(done))));
  });
});

/** In the order in which they were done. */
function by(done: readonly [string, string][]) {
  const places = new Map(done.map(([handle], place) => [handle, place]));
  return ([a]: [string, string], [b]: [string, string]) => places.get(a)! - places.get(b)!;
}
