import type { Report } from "../check.ts";
import { type Facts, type JobLife, SLACK } from "../facts.ts";
import type { Run } from "../history.ts";

/** What was acknowledged is done, once, and nothing is left. */
export function checkDone(facts: Facts, report: Report): void {
  for (const { answer, payload } of facts.history.submits) {
    if (answer === null || !("handle" in answer)) continue;
    if (facts.lifeOf(answer.handle) === undefined) {
      report("nothing acknowledged is lost", `${answer.handle} (${payload}) was never written`);
    }
  }
  const atEnd = new Set(facts.history.rowsAtEnd.map(({ number }) => number));
  for (const life of facts.lives.values()) checkLife(facts, life, atEnd, report);
  for (const run of facts.history.runs) checkCompletion(facts, run, report);
  for (const server of facts.history.silentAtEnd) {
    report("nothing waits for ever", `${server} does not answer at the end`);
  }
  for (const { number, owner } of facts.history.rowsAtEnd) {
    const where = owner === null ? "at nobody" : `at ${facts.serverOf(owner)}`;
    report("nothing waits for ever", `job ${number} is still there at the end, ${where}`);
  }
  for (const { server, functionName, jobs } of facts.history.countsAtEnd) {
    const real = facts.history.rowsAtEnd.filter((row) => row.functionName === functionName).length;
    if (jobs !== real) {
      report(
        "counts are right",
        `${server} counts ${jobs} jobs of ${functionName}, there are ${real}`,
      );
    }
  }
}

function checkLife(facts: Facts, life: JobLife, atEnd: Set<number>, report: Report): void {
  const { number, removed, removedBy } = life;
  if (removed === null) {
    if (!atEnd.has(number)) report("nothing acknowledged is lost", `job ${number} has vanished`);
    return;
  }
  if (!wasAcknowledged(facts, life)) return;
  const isDone = removedBy !== null &&
    facts.runsOf(number).some(({ server, end }) =>
      end !== null && end.how !== "broken" && server === facts.serverOf(removedBy) &&
      end.at <= removed + SLACK
    );
  if (!isDone) {
    const by = removedBy === null ? "nobody" : facts.serverOf(removedBy);
    report(
      "nothing acknowledged is lost",
      `job ${number} was removed by ${by}, and not done there`,
    );
  }
}

function wasAcknowledged(facts: Facts, life: JobLife): boolean {
  const submit = facts.submitOf(life.row.payload);
  if (submit === undefined) return false;
  if ("outcome" in submit) return submit.outcome === "committed";
  return submit.answer !== null && "handle" in submit.answer;
}

/** A completion that did not count belongs to a server that the job was taken away from. */
function checkCompletion(facts: Facts, run: Run, report: Report): void {
  if (run.end?.how !== "completed") return;
  const ownership = facts.ownershipOf(run);
  if (ownership?.end !== "given back") return;
  if (facts.wasStopped(ownership)) return;
  report(
    "a completion counts once",
    `${run.handle} was completed at ${run.server}, which gave it back`,
  );
}
