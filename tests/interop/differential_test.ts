/**
 * The same bytes to the real C server and to ours: the replies must be the same, but for the accepted
 * differences, which must be exactly those.
 */
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { Log } from "../../mod.ts";
import { Gearmand } from "../support/gearmand.ts";
import { program, testWith } from "../support/programs.ts";
import { startServer } from "../support/server.ts";
import { ACCEPTED } from "./differential/accepted.ts";
import { play } from "./differential/play.ts";
import type { Script } from "./differential/script.ts";
import { SCRIPTS } from "./differential/scripts.ts";
import { differences, type Transcript } from "./differential/transcript.ts";

const gearmand = program("gearmand", "gearman-job-server");

/** What `verbose` answers is the level of the log; gearmand's is ERROR. */
const log: Log = { level: "ERROR", enabled: () => false, write: () => {} };

async function playToGearmand(script: Script): Promise<Transcript> {
  const options = ["--threads=1", ...script.gearmandOptions ?? []];
  await using server = await Gearmand.start(gearmand.program, { options });
  return await play(script, server.port);
}

async function playToOurs(script: Script): Promise<Transcript> {
  // gearmand wakes all sleeping workers, once.
  await using server = startServer({ wakeup: -1, wakeupDelay: -1, log, ...script.options });
  return await play(script, server.port);
}

for (const script of SCRIPTS) {
  const accepted = ACCEPTED[script.name];
  const what = accepted === undefined ? "as gearmand" : "otherwise than gearmand";
  testWith([gearmand], `${what}: ${script.name}`, async () => {
    const [theirs, ours] = await Promise.all([playToGearmand(script), playToOurs(script)]);
    const found = differences(theirs, ours);
    const expected = accepted?.alternatives ?? [[]];
    const matching = expected.find((each) => each.join("\n") === found.join("\n"));
    assertEquals(found, matching ?? expected[0], accepted?.reason);
  });
}

test("every accepted difference belongs to a script, and no two scripts have one name", () => {
  const names = new Set(SCRIPTS.map(({ name }) => name));
  assertEquals(names.size, SCRIPTS.length);
  for (const name of Object.keys(ACCEPTED)) assert(names.has(name), `no script: ${name}`);
});
