import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { RandomLife } from "./random_life.ts";

const LIVES = 25;
const STEPS = 150;

test("whatever happens to servers, each acknowledged job runs, and each submit is answered", async () => {
  for (let seed = 1; seed <= LIVES; seed++) {
    const life = await RandomLife.begin(seed);
    const about = () => `seed ${seed}: ${life.steps.join(" ")}`;
    try {
      for (let step = 0; step < STEPS; step++) await life.step();
      assertEquals(await life.drain(), []);
    } catch (error) {
      throw new Error(about(), { cause: error });
    }
    const notSeen = [...life.acknowledged].filter((handle) => !life.seen.has(handle));
    assertEquals(notSeen, [], about());
    assertEquals(life.answered, life.submitted, about());
    await life.close();
  }
});
