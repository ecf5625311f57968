import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Turns } from "../../transport/turns.ts";

/** Turns whose rounds the test ends. */
function turnsByHand(): { turns: Turns; endRound: () => void; rounds: () => number } {
  let rounds = 0;
  let next: (() => void) | null = null;
  const turns = new Turns((run) => {
    rounds++;
    next = run;
  });
  const endRound = () => {
    const run = next;
    next = null;
    run?.();
  };
  return { turns, endRound, rounds: () => rounds };
}

/** One that notes its turns, as long as it has something to do. */
class Taker {
  isInTurns = false;
  readonly #taken: string[];
  readonly #name: string;
  #todo: number;
  again: () => void = () => {};

  constructor(taken: string[], name: string, todo = 1) {
    this.#taken = taken;
    this.#name = name;
    this.#todo = todo;
  }

  takeTurn(): boolean {
    if (this.#todo === 0) return false;
    this.#taken.push(this.#name);
    if (--this.#todo > 0) this.again();
    return true;
  }
}

describe("those with more to do than fits in a turn", () => {
  test("go on two in a round, one after the other", () => {
    const { turns, endRound } = turnsByHand();
    const taken: string[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) turns.add(new Taker(taken, name));
    assertEquals(taken, []);
    endRound();
    assertEquals(taken.join(""), "ab");
    endRound();
    endRound();
    assertEquals(taken.join(""), "abcde");
  });

  test("go on behind the others when they have still more, and not twice in a round", () => {
    const { turns, endRound } = turnsByHand();
    const taken: string[] = [];
    const greedy = new Taker(taken, "g", 3);
    greedy.again = () => turns.add(greedy);
    turns.add(greedy);
    endRound();
    assertEquals(taken.join(""), "g");
    for (const name of ["a", "b"]) turns.add(new Taker(taken, name));
    endRound();
    assertEquals(taken.join(""), "gga");
    endRound();
    assertEquals(taken.join(""), "ggabg");
  });

  test("have one place, however often they ask", () => {
    const { turns, endRound, rounds } = turnsByHand();
    const taken: string[] = [];
    const taker = new Taker(taken, "a", 2);
    turns.add(taker);
    turns.add(taker);
    endRound();
    endRound();
    assertEquals([taken.join(""), rounds(), taker.isInTurns], ["a", 1, false]);
  });

  test("take no turn from others when they have nothing to do any more", () => {
    const { turns, endRound } = turnsByHand();
    const taken: string[] = [];
    for (let count = 0; count < 1000; count++) turns.add(new Taker(taken, "idle", 0));
    for (const name of ["a", "b", "c"]) turns.add(new Taker(taken, name));
    endRound();
    assertEquals(taken.join(""), "ab");
  });

  test("ask for no round when nobody waits", () => {
    const { turns, endRound, rounds } = turnsByHand();
    turns.add(new Taker([], "a"));
    endRound();
    endRound();
    assertEquals(rounds(), 1);
  });
});
