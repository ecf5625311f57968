import { describe } from "node:test";
import { assertEquals, assertNotEquals } from "@std/assert";
import { Gearmand } from "../support/gearmand.ts";
import { program, testWith } from "../support/programs.ts";
import { startServer } from "../support/server.ts";
import { ACCEPTED } from "./differential/accepted.ts";
import { play } from "./differential/player.ts";
import type { Script } from "./differential/script.ts";
import { SUBMIT_SCRIPTS } from "./differential/submits.ts";

const gearmand = program("gearmand", "gearman-job-server");

const SCRIPTS: readonly Script[] = [...SUBMIT_SCRIPTS];

async function playToC(script: Script): Promise<string[]> {
  await using server = await Gearmand.start(gearmand.program, ...script.gearmand ?? []);
  return await play(script, server.port);
}

async function playToOurs(script: Script): Promise<string[]> {
  // The C server wakes all sleeping workers, once.
  await using server = startServer({ wakeup: -1, wakeupDelay: -1, ...script.ours });
  return await play(script, server.port);
}

describe("as the C server does:", () => {
  for (const script of SCRIPTS.filter(({ name }) => !(name in ACCEPTED))) {
    testWith([gearmand], script.name, async () => {
      const [theirs, ours] = await Promise.all([playToC(script), playToOurs(script)]);
      assertEquals(ours, theirs);
    });
  }
});

describe("otherwise than the C server:", () => {
  for (const script of SCRIPTS.filter(({ name }) => name in ACCEPTED)) {
    testWith([gearmand], script.name, async () => {
      const [theirs, ours] = await Promise.all([playToC(script), playToOurs(script)]);
      assertNotEquals(ours, theirs, `no longer differs: ${ACCEPTED[script.name]}`);
    });
  }
});
