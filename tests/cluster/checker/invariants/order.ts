import type { Report } from "../check.ts";
import { type Facts, type JobLife, SLACK } from "../facts.ts";
import type { JobRow, Run, Submit } from "../history.ts";

/** How long a more urgent job may wait until it is known everywhere, in milliseconds. */
const HINT = 2000;

/** Places, priorities, and what is started first. */
export function checkOrder(facts: Facts, report: Report): void {
  checkPlaces(facts, report);
  checkStarts(facts, report);
  checkPriorities(facts, report);
}

/** Submits of one client have places in their order. */
function checkPlaces(facts: Facts, report: Report): void {
  const last = new Map<string, { submit: Submit; row: JobRow }>();
  for (const submit of facts.history.submits) {
    const { answer, client, functionName, priority, due } = submit;
    if (answer === null || !("handle" in answer) || due > 0) continue;
    const row = facts.lifeOf(answer.handle)?.row;
    // One that has joined another job has no place of its own.
    if (row === undefined || row.payload !== submit.payload) continue;
    const queue = JSON.stringify([client, functionName, priority]);
    const before = last.get(queue);
    last.set(queue, { submit, row });
    if (before !== undefined && before.row.place > row.place) {
      const text = `${submit.payload} stands before ${before.submit.payload}`;
      report("in the order of their places", `${text}, which ${client} submitted earlier`);
    }
  }
}

/** Of what it has, a server starts first what stands first. */
function checkStarts(facts: Facts, report: Report): void {
  const last = new Map<string, { run: Run; life: JobLife }>();
  for (const run of facts.history.runs.toSorted((a, b) => a.at - b.at)) {
    const life = facts.lifeOf(run.handle);
    const ownership = facts.ownershipOf(run);
    if (life === undefined || ownership === undefined || !isFirstRun(facts, run, life)) continue;
    const queue = JSON.stringify([ownership.owner, life.row.functionName, life.row.priority]);
    const before = last.get(queue);
    last.set(queue, { run, life });
    if (before === undefined || before.life.row.place < life.row.place) continue;
    if (ownership.from > before.run.at - SLACK || run.at - before.run.at < SLACK) continue;
    const text = `${before.run.handle} was started before ${run.handle}`;
    report("in the order of their places", `${text} at ${run.server}, which had both`);
  }
}

/** Places change when a job is tried again, or has waited for its time. */
function isFirstRun(facts: Facts, run: Run, { number, row, ownerships }: JobLife): boolean {
  return facts.runsOf(number)[0] === run && !row.isScheduled && ownerships.length === 1;
}

/** No job is claimed while a more urgent one of its function has waited for long. */
function checkPriorities(facts: Facts, report: Report): void {
  const lives = [...facts.lives.values()].filter(({ row }) => !row.isScheduled);
  const urgent = lives.filter(({ row }) => row.priority < 2);
  for (const life of lives) {
    const [first] = life.ownerships;
    // One that is born at a server was never claimed.
    if (first === undefined || life.row.owner !== null) continue;
    // What claims have left behind that were broken off is looked for after a while.
    const server = facts.serverOf(first.owner);
    if (facts.hadFault(server, first.from - 2 * HINT, first.from)) continue;
    const passedOver = urgent.find((other) =>
      other.row.functionName === life.row.functionName &&
      other.row.priority < life.row.priority && other.row.owner === null &&
      other.added < first.from - HINT &&
      (other.ownerships[0]?.from ?? other.removed ?? Infinity) > first.from + HINT
    );
    if (passedOver === undefined) continue;
    const text = `job ${life.number} was claimed while ${passedOver.number} waited`;
    report("the urgent ones first", `${text}, which is more urgent`);
  }
}
