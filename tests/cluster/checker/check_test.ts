import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { check, type Invariant } from "./check.ts";
import { handleOf, Story } from "./story.ts";

/** Defines a test of a made-up history that violates one invariant, and nothing else. */
function finds(invariant: Invariant, what: string, tell: (story: Story) => void): void {
  test(`finds that ${what}`, () => {
    const story = new Story();
    tell(story);
    const found = check(story.finish());
    assert(found.length > 0, "nothing was found");
    for (const violation of found) assertEquals(violation.invariant, invariant, violation.message);
  });
}

/** Defines a test of a made-up history that is as it should be. */
function accepts(what: string, tell: (story: Story) => void): void {
  test(`accepts ${what}`, () => {
    const story = new Story();
    tell(story);
    assertEquals(check(story.finish()), []);
  });
}

describe("the checker", () => {
  accepts("jobs that are submitted, claimed and done", (story) => {
    for (let number = 1; number <= 5; number++) story.submit(number);
    for (let number = 1; number <= 5; number++) story.do(number, 2, "b");
  });

  accepts("a job that its server had from the start", (story) => {
    story.submit(1, {}, { owner: 1 });
    story.end(story.start(1, "a"));
    story.remove(1);
  });

  accepts(
    "a job of a dead server that another one does, while the first one's worker goes on",
    (story) => {
      story.submit(1);
      story.change(1, { owner: 1 });
      const first = story.start(1, "a");
      story.die(1);
      story.do(1, 2, "b");
      story.end(first);
    },
  );

  accepts("a job whose worker was lost, and one that was given back without a start", (story) => {
    story.submit(1);
    story.change(1, { owner: 1 });
    story.end(story.start(1, "a"), "broken");
    story.change(1, { owner: null, losses: 1, place: 9 });
    story.do(1, 2, "b");
    story.submit(2);
    story.change(2, { owner: 2 });
    story.change(2, { owner: null });
    story.do(2, 3, "c");
  });

  accepts("jobs that join others, at any server", (story) => {
    story.submit(1, { unique: "u" });
    story.change(1, { owner: 2 });
    const joining = { ...story.submit(2), unique: "u" };
    story.remove(2);
    story.history.submits.pop();
    story.history.engine.splice(-2);
    story.history.submits.push(story.answer(joining, { handle: handleOf(1) }));
    story.end(story.start(1, "b"));
    story.remove(1);
    story.submit(3, { unique: "u" });
    story.do(3, 1, "a");
  });

  accepts(
    "a submit that was refused by a server that was killed before it took it out",
    (story) => {
      const submit = story.answer(story.submit(1), { refused: "QUEUE_ERROR" });
      const at = submit.answer!.at + 1000;
      story.history.faults.push({ server: "a", what: "is killed", at, until: at });
      story.do(1, 1, "a");
    },
  );

  accepts("a submit that was refused, and taken out", (story) => {
    const submit = story.submit(1);
    story.answer(submit, { refused: "QUEUE_ERROR" });
    story.remove(1);
  });

  accepts(
    "what is left behind by a life that was killed before the one that was stopped",
    (story) => {
      story.submit(1);
      story.change(1, { owner: 2 });
      story.born(4, "b");
      const started = story.now - 1000;
      story.history.gracefulStops.push({ server: "b", started, at: story.now + 1000 });
      story.die(2);
      story.do(1, 3, "c");
    },
  );

  accepts(
    "a start by a server that was frozen, and cannot know yet that it counts as dead",
    (story) => {
      story.submit(1);
      story.change(1, { owner: 1 });
      const at = story.now;
      story.die(1);
      story.history.faults.push({ server: "a", what: "is frozen", at, until: story.now + 4900 });
      story.end(story.start(1, "a"), "failed");
      story.do(1, 2, "b");
    },
  );

  accepts("a job that a server gives back when it stops", (story) => {
    story.submit(1);
    story.change(1, { owner: 2 });
    story.die(2, 0);
    story.history.gracefulStops.push({ server: "b", started: 0, at: story.now + 100 });
    story.do(1, 3, "c");
  });

  accepts("a job that was claimed before a more urgent one after a fault", (story) => {
    story.submit(1, { priority: 0 });
    story.submit(2, { priority: 1 });
    const fault = { server: null, what: "crashes", at: story.now, until: story.now + 3000 };
    story.history.faults.push(fault);
    story.do(2, 2, "b");
    story.do(1, 2, "b");
  });

  finds("nothing acknowledged is lost", "a job was acknowledged and never written", (story) => {
    const submit = story.submit(1);
    story.history.engine.pop();
    story.remove(1);
    story.history.engine.pop();
    assert(submit.answer !== null);
  });

  finds("nothing acknowledged is lost", "a job is gone that nobody has done", (story) => {
    story.submit(1);
    story.change(1, { owner: 1 });
    story.remove(1);
  });

  finds(
    "nothing acknowledged is lost",
    "a job is gone whose worker's connection broke",
    (story) => {
      story.submit(1);
      story.change(1, { owner: 1 });
      story.end(story.start(1, "a"), "broken");
      story.remove(1);
    },
  );

  finds("nothing acknowledged is lost", "a row has vanished without a trace", (story) => {
    story.submit(1);
    story.remove(1);
    story.history.engine.pop();
  });

  finds("a completion counts once", "a job was removed twice", (story) => {
    story.submit(1);
    story.do(1, 2, "b");
    story.history.engine.push({ ...story.history.engine.at(-1)!, at: story.now + 5000 });
  });

  finds(
    "a completion counts once",
    "a server gave a job back that its worker was doing",
    (story) => {
      story.submit(1);
      story.change(1, { owner: 1 });
      const run = story.start(1, "a");
      story.change(1, { owner: null });
      story.end(run);
      story.do(1, 2, "b");
    },
  );

  finds("one owner", "two workers of a server have a job", (story) => {
    story.submit(1);
    story.change(1, { owner: 1 });
    const [first, second] = [story.start(1, "a"), story.start(1, "a")];
    story.end(first);
    story.end(second);
    story.remove(1);
  });

  finds("one owner", "a job runs elsewhere while its server lives", (story) => {
    story.submit(1);
    story.change(1, { owner: 1 });
    const first = story.start(1, "a");
    story.change(1, { owner: 2 });
    story.end(story.start(1, "b"));
    story.remove(1);
    story.end(first, "failed");
  });

  finds("started after the claim", "a server starts what it has not claimed", (story) => {
    story.submit(1);
    const run = story.start(1, "b");
    story.change(1, { owner: 2 });
    story.end(run);
    story.remove(1);
  });

  finds("started by its owner", "a server starts what was taken away from it", (story) => {
    story.submit(1);
    story.change(1, { owner: 1 });
    story.die(1);
    const run = story.start(1, "a");
    story.end(run, "failed");
    story.do(1, 2, "b");
  });

  finds("no orphans", "a dead server claims", (story) => {
    story.submit(1);
    story.die(2);
    story.do(1, 2, "b");
  });

  finds("nothing waits for ever", "a job is left", (story) => {
    story.submit(1);
  });

  finds("nothing waits for ever", "a server does not answer", (story) => {
    story.history.silentAtEnd.push("b");
  });

  finds("a unique has one live job", "two jobs live with a unique", (story) => {
    story.submit(1, { unique: "u" });
    story.submit(2, { unique: "u" });
    for (const number of [1, 2]) story.do(number, 2, "b");
  });

  finds("joined while it lived", "a submit was answered with a job that had ended", (story) => {
    story.submit(1, { unique: "u" });
    story.do(1, 2, "b");
    const late = { ...story.history.submits[0], payload: "late", at: story.now + 5000 };
    story.now += 5000;
    story.history.submits.push(story.answer(late, { handle: handleOf(1) }));
  });

  finds("joined while it lived", "a submit was answered with a job of another unique", (story) => {
    story.submit(1, { unique: "u" });
    const other = { ...story.history.submits[0], payload: "other", unique: "v" };
    story.history.submits.push(story.answer(other, { handle: handleOf(1) }));
    story.do(1, 2, "b");
  });

  finds("no submit twice", "a submit made two jobs", (story) => {
    story.submit(1);
    story.add({ number: 2, payload: "payload 1" });
    for (const number of [1, 2]) story.do(number, 2, "b");
  });

  finds("no submit twice", "a server started what it had refused", (story) => {
    story.answer(story.submit(1), { refused: "QUEUE_ERROR" });
    story.do(1, 1, "a");
  });

  finds("bytes as submitted", "a worker got another payload", (story) => {
    story.submit(1);
    story.change(1, { owner: 2 });
    story.end(story.start(1, "b", { payload: "payload 1 " }));
    story.remove(1);
  });

  finds("bytes as submitted", "a worker got the job of another function", (story) => {
    story.submit(1);
    story.change(1, { owner: 2 });
    story.end(story.start(1, "b", { functionName: "g" }));
    story.remove(1);
  });

  finds("in the order of their places", "submits of a client have changed places", (story) => {
    story.submit(1, {}, { place: 2 });
    story.submit(2, {}, { place: 1 });
    for (const number of [1, 2]) story.do(number, 2, "b");
  });

  finds("in the order of their places", "a server starts a later job first", (story) => {
    for (const number of [1, 2]) story.submit(number);
    for (const number of [1, 2]) story.change(number, { owner: 2 });
    for (const number of [2, 1]) {
      story.end(story.start(number, "b"));
      story.remove(number);
    }
  });

  finds("the urgent ones first", "a job was claimed while a more urgent one waited", (story) => {
    story.submit(1, { priority: 0 });
    story.submit(2, { priority: 1 });
    story.do(2, 2, "b");
    story.do(1, 2, "b");
  });

  finds("not before its time", "a job was started too early", (story) => {
    story.submit(1, { due: story.now + 1_000_000 });
    story.change(1, { isScheduled: false });
    story.do(1, 2, "b");
  });

  finds("a loss for each death, and no other", "the death of a server was not counted", (story) => {
    story.submit(1);
    story.change(1, { owner: 1 });
    story.die(1, 0);
    story.do(1, 2, "b");
  });

  finds("a loss for each death, and no other", "what was only claimed counts as lost", (story) => {
    story.submit(1);
    story.change(1, { owner: 1 });
    story.change(1, { owner: null, losses: 1 });
    story.do(1, 2, "b");
  });

  finds("counts are right", "a server counts a job that there is not", (story) => {
    story.history.countsAtEnd.push({ server: "a", functionName: "f", jobs: 1 });
  });

  finds("handles are known", "a server does not know a job that lives", (story) => {
    story.submit(1);
    const asked = story.now + 5000;
    const question = { handle: handleOf(1), server: "c", asked, answered: asked, isKnown: false };
    story.history.questions.push(question);
    story.now += 10_000;
    story.do(1, 2, "b");
  });

  finds("numbers are never used again", "a number was used again", (story) => {
    story.submit(1);
    story.do(1, 2, "b");
    story.add({ number: 1, payload: "another" });
    story.remove(1);
  });

  finds(
    "SQL submits as their transaction",
    "a job came of a transaction that was rolled back",
    (story) => {
      const submit = { payload: "payload 1", functionName: "f", unique: "", at: story.now };
      story.history.sqlSubmits.push({ ...submit, outcome: "rolled back" });
      story.add({ number: 1 });
      story.do(1, 2, "b");
    },
  );

  finds("SQL submits as their transaction", "no job came of one that was committed", (story) => {
    const submit = { payload: "payload 1", functionName: "f", unique: "", at: story.now };
    story.history.sqlSubmits.push({ ...submit, outcome: "committed" });
  });

  finds("a graceful stop leaves nothing", "a server has stopped and kept a job", (story) => {
    story.submit(1);
    story.change(1, { owner: 2 });
    story.history.gracefulStops.push({ server: "b", started: 0, at: story.now + 5000 });
    story.now += 10_000;
    story.die(2);
    story.do(1, 3, "c");
  });

  finds("what is paused does not start", "a server has not heard of a pause", (story) => {
    story.submit(1);
    story.history.pauses.push({
      functionName: "f",
      server: "a",
      from: story.now,
      until: story.now + 60_000,
    });
    story.do(1, 2, "b");
  });
});
