import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { BackgroundSubmits } from "../../server/background_submits.ts";
import { submissionFor, wantedJob } from "../../http/api/job_request.ts";
import { ERRORS } from "../../protocol/mod.ts";
import type { Refusal } from "../../router/mod.ts";
import { durableRouter } from "../durability/journal/durable_router.ts";

describe("a background job by HTTP", () => {
  test("is said to be taken when it is stored, and refused if it cannot be", async () => {
    const { router, store, stored } = await durableRouter();
    const submits = new BackgroundSubmits(router);
    const outcomes: (string | Refusal)[] = [];
    const submit = (unique: string) => {
      const submission = submissionFor(wantedJob({ function: "f", unique, payload: unique }));
      return submits.submit(submission).then((outcome) => void outcomes.push(outcome));
    };
    const told = [submit("a"), submit("b"), submit("a")];
    assertEquals([outcomes.length, stored()], [0, []]);
    await Promise.all(told);
    assertEquals(stored(), ["a", "b"]);
    const handles = [...router.jobs.values()].map(({ handle }) => handle).sort();
    assertEquals([...new Set(outcomes)].sort(), handles);
    assertEquals([outcomes.length, router.announcers.size], [3, 0]);
    store.isBroken = true;
    outcomes.length = 0;
    await submit("c");
    assertEquals(outcomes, [ERRORS.notStored]);
    store.isBroken = false;
    assertEquals(stored(), ["a", "b"]);
  });
});
