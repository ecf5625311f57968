import process from "node:process";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { describeWithPostgres } from "../../support/postgres.ts";
import { complaint, summary } from "./report.ts";
import { runChecker } from "./run.ts";

/** Faults in a run: the tests run on two runtimes. */
const ROUNDS = 50;
/** How long it may take, also on a machine that is busy, in milliseconds. */
const TIME = 400_000;
/** Fewer submits than this show nothing. */
const FEWEST_SUBMITS = 1000;

describeWithPostgres(`three servers under ${ROUNDS} faults`, (postgres) => {
  test("lose nothing, do nothing twice, and let nothing wait", { timeout: TIME }, async () => {
    const seed = Number(process.env.GEARTRAIN_CHECKER_SEED ?? Date.now() % 2 ** 31);
    const outcome = await runChecker(postgres(), ROUNDS, seed);
    console.log(summary(outcome));
    assert(outcome.history.submits.length >= FEWEST_SUBMITS);
    assertEquals(outcome.violations.length, 0, complaint(outcome, seed));
  });
});
