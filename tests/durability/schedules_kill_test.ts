import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { decodeName } from "../../protocol/mod.ts";
import { SCHEDULE_RECORDS } from "../../router/schedules.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { type Program, startServe } from "../support/program.ts";
import { randomNumbers } from "../support/random_numbers.ts";
import { RawPeer } from "../support/raw_peer.ts";

/** How often the server is killed; `GEARTRAIN_KILLS=5000` for a long run. */
const KILLS = Math.min(Number(process.env.GEARTRAIN_KILLS ?? 10), 200);
const SEED = Number(process.env.GEARTRAIN_KILL_SEED ?? 1 + Math.floor(Math.random() * 1_000_000));
/** The schedules, each of which runs every second. */
const NAMES = ["a", "b", "c", "d"];
/** How often a server is asked for its jobs at most before it is killed. */
const MOST_LOOKS = 400;

const random = randomNumbers(SEED);
const folder = mkdtempSync(join(tmpdir(), "geartrain-schedules-kill-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "queue.db");

function serve(): Program {
  const schedules = NAMES.map((name) =>
    `--schedule={"name":"${name}","every":1,"function":"f","catch-up":"all","catch-up-most":1000}`
  );
  return startServe([`--store=sqlite:${path}`, ...schedules]);
}

/** Kills a server at some time after its start, mostly while schedules run. */
async function killSometime(server: Program): Promise<void> {
  await using killed = server;
  using peer = await RawPeer.connect(await killed.port());
  for (let looks = random(MOST_LOOKS); looks > 0; looks--) {
    await peer.packet("ECHO_REQ", `${looks}`).expect("ECHO_RES");
    await peer.send("show schedules\n").nextLine();
    while (await peer.nextLine() !== ".");
  }
  killed.kill("SIGKILL");
  await killed.end;
}

test("each time of a schedule runs exactly once, however often the server is killed", async () => {
  for (let kill = 0; kill < KILLS; kill++) await killSometime(serve());
  // The last start makes up for what was missed until then.
  await using server = serve();
  using peer = await RawPeer.connect(await server.port());
  await peer.packet("SUBMIT_JOB_BG", "end", "", "").expect("JOB_CREATED");
  server.kill("SIGKILL");
  await server.end;

  const store = SqliteStore.open(path);
  const uniques = store.load(0, 1_000_000, 0).map(({ unique }) => decodeName(unique));
  const settled = new Map(
    store.records().filter(({ kind }) => kind === SCHEDULE_RECORDS.progress)
      .map(({ key, value }) => [decodeName(key), JSON.parse(decodeName(value)).settled as number]),
  );
  store.close();
  for (const name of NAMES) {
    const times = uniques.filter((unique) => unique.startsWith(`${name}@`))
      .map((unique) => Date.parse(unique.slice(2)) / 1000).sort((one, other) => one - other);
    const [first] = times;
    const last = Math.floor(settled.get(name)! / 1000);
    assert(times.length >= KILLS / 4, `${name} has only ${times.length} runs`);
    const expected = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    assertEquals(times, expected, `schedule ${name}, GEARTRAIN_KILL_SEED=${SEED}`);
  }
});
