import type { Report } from "../check.ts";
import { type Facts, type JobLife, SLACK } from "../facts.ts";
import type { Run } from "../history.ts";

/** Who may start and end a job, and how many times at once. */
export function checkOwners(facts: Facts, report: Report): void {
  for (const run of facts.history.runs) checkStart(facts, run, report);
  for (const life of facts.lives.values()) {
    checkOverlaps(facts, facts.runsOf(life.number), report);
    checkLosses(facts, life, report);
  }
  for (const stop of facts.history.gracefulStops) {
    for (const { number, ownerships } of facts.lives.values()) {
      const kept = ownerships.find(({ owner, from, until }) =>
        facts.serverOf(owner) === stop.server && facts.birthOf(owner) >= stop.started &&
        from < stop.at &&
        (until === null || until > stop.at + SLACK)
      );
      if (kept === undefined) continue;
      report("a graceful stop leaves nothing", `job ${number} was still ${stop.server}'s`);
    }
  }
}

function checkStart(facts: Facts, run: Run, report: Report): void {
  if (facts.ownershipOf(run) !== undefined) return;
  const before = facts.lifeOf(run.handle)?.ownerships.some(({ owner, from }) =>
    facts.serverOf(owner) === run.server && from <= run.at
  );
  // One that was frozen or cut off starts what it has, until it hears that others have it now.
  if (before && facts.mayNotKnow(run.server, run.at)) return;
  const what = `${run.handle} was started at ${run.server}, `;
  if (before) report("started by its owner", `${what}which did not have it any more`);
  else report("started after the claim", `${what}which had not claimed it`);
}

/** Two runs overlap only if the job was taken away from a dead server, or a worker was lost. */
function checkOverlaps(facts: Facts, runs: readonly Run[], report: Report): void {
  const ordered = runs.toSorted((a, b) => a.at - b.at);
  for (const [index, later] of ordered.entries()) {
    for (const earlier of ordered.slice(0, index)) {
      const isOver = earlier.end !== null &&
        (earlier.end.at <= later.at + SLACK || earlier.end.how === "broken");
      if (isOver) continue;
      const ownership = facts.ownershipOf(earlier);
      const wasTaken = ownership?.end === "taken away" && ownership.until! <= later.at + SLACK;
      if (wasTaken) continue;
      const where = `${earlier.server} and ${later.server}`;
      report("one owner", `${later.handle} ran at ${where} at the same time`);
    }
  }
}

/** A dead server is a loss; what was only claimed and given back is none. */
function checkLosses(facts: Facts, { number, ownerships }: JobLife, report: Report): void {
  for (const ownership of ownerships) {
    const { end, lossesAtStart, lossesAtEnd, owner } = ownership;
    const counted = lossesAtEnd - lossesAtStart;
    const server = facts.serverOf(owner);
    const what = `job ${number} has ${counted} losses of ${server}, `;
    const wasStarted = facts.runsOf(number).some((run) => facts.ownershipOf(run) === ownership);
    // One that has stopped gracefully gives back what it has, and ends its life with that.
    const wasStopped = facts.wasStopped(ownership);
    if (end === "taken away" && counted !== 1 && !wasStarted && !wasStopped) {
      report("a loss for each death, and no other", `${what}which died`);
    } else if (end === "given back" && counted !== 0 && !wasStarted) {
      report("a loss for each death, and no other", `${what}which never started it`);
    }
  }
}
