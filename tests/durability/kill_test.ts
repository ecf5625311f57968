import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { type Program, startServe } from "../support/program.ts";
import { Knowledge, liveHandles, submitAll, workAll } from "./load.ts";

/** How often the server is killed; `GEARTRAIN_KILLS=5000` for a long run. */
const KILLS = Number(process.env.GEARTRAIN_KILLS ?? 200);
const KILLS_PER_TEST = 25;
const CLIENTS = 3;
const WORKERS = 2;
/** Most answers that peers get before the server is killed. */
const MOST_ANSWERS = 150;

describe("a server that is killed while clients submit and workers work", () => {
  const folder = mkdtempSync(join(tmpdir(), "geartrain-kill-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const serve = () => startServe([`--store=sqlite:${join(folder, "queue.db")}`]);

  const known = new Knowledge();

  // Bun lets a test take a minute, and a machine may be slow.
  for (let kill = 0; kill < KILLS; kill += KILLS_PER_TEST) {
    const last = Math.min(KILLS, kill + KILLS_PER_TEST);
    test(`has all that it promised and nothing that had ended: kills ${kill + 1} to ${last}`, async () => {
      for (let count = kill; count < last; count++) await killUnderLoad(serve(), known);
    });
  }

  test("has its jobs in the order of their submits, and runs them all", async () => {
    assert(known.ended.size > KILLS, `only ${known.ended.size} jobs have ended`);
    await using server = serve();
    const port = await server.port();
    known.check(await liveHandles(port));
    await assertOrder(port, known);
    assertEquals(known.faults, []);
    assertEquals(await liveHandles(port), []);
  });
});

async function killUnderLoad(started: Program, known: Knowledge): Promise<void> {
  await using server = started;
  const port = await server.port();
  known.check(await liveHandles(port));
  const peers = [
    ...Array.from({ length: CLIENTS }, (_, client) => submitAll(port, client, known)),
    ...Array.from({ length: WORKERS }, () => workAll(port, known)),
  ].map((peer) => peer.catch(() => {}));
  await known.answers(1 + Math.floor(Math.random() * MOST_ANSWERS));
  server.kill("SIGKILL");
  await server.end;
  await Promise.all(peers);
  assertEquals(known.faults, []);
}

/** Drains the queues: jobs of one client with one function and priority come as they were submitted. */
async function assertOrder(port: number, known: Knowledge): Promise<void> {
  const last = new Map<string, number>();
  await workAll(port, known, (func, payload) => {
    const [client, number] = payload.split("-").map(Number);
    const key = `${func} ${client} ${Math.floor(number / 3) % 3}`;
    if (number <= (last.get(key) ?? 0)) {
      known.faults.push(`${payload} comes after ${last.get(key)}`);
    }
    last.set(key, number);
  }, true);
}
