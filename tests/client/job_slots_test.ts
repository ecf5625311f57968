import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { JobSlots } from "../../client/slots.ts";

function takers(taken: string[], ...names: string[]): { takeSlot(): void }[] {
  return names.map((name) => ({ takeSlot: () => void taken.push(name) }));
}

describe("the slots of a worker", () => {
  test("go to those that want them in turn", () => {
    const taken: string[] = [];
    const [a, b, c] = takers(taken, "a", "b", "c");
    const slots = new JobSlots(1);
    for (const taker of [a, b, a, c, b]) slots.want(taker);
    assertEquals(taken, ["a"]);
    for (let n = 0; n < 4; n++) slots.giveBack();
    assertEquals(taken, ["a", "b", "a", "c"]);
  });

  test("do not go to one that has left", () => {
    const taken: string[] = [];
    const [a, b, c] = takers(taken, "a", "b", "c");
    const slots = new JobSlots(1);
    for (const taker of [a, b, c]) slots.want(taker);
    slots.leave(b);
    slots.giveBack();
    assertEquals(taken, ["a", "c"]);
  });

  test("are given for as many jobs as may be done, and again for one that was not there", () => {
    const taken: string[] = [];
    const [a, b, c] = takers(taken, "a", "b", "c");
    const slots = new JobSlots(3, 2);
    let isUsedUp = false;
    slots.onUsedUp = () => isUsedUp = true;
    for (const taker of [a, b, c]) slots.want(taker);
    assertEquals(taken, ["a", "b"]);
    slots.giveBackUnused();
    assertEquals(taken, ["a", "b", "c"]);
    slots.giveBack();
    assertEquals(isUsedUp, false);
    slots.giveBack();
    assertEquals(isUsedUp, true);
    slots.want(a);
    assertEquals(taken, ["a", "b", "c"]);
  });

  test("are given to nobody after the end, which comes when all are back", async () => {
    const taken: string[] = [];
    const [a, b] = takers(taken, "a", "b");
    const slots = new JobSlots(1);
    slots.want(a);
    slots.want(b);
    let isOver = false;
    const closed = slots.close().then(() => isOver = true);
    await Promise.resolve();
    assertEquals(isOver, false);
    slots.giveBack();
    await closed;
    slots.want(b);
    assertEquals(taken, ["a"]);
    await slots.close();
  });
});
