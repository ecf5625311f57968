import type { Report } from "../check.ts";
import { type Facts, SLACK } from "../facts.ts";

/** No server starts a job of a function from the moment when its pause was answered. */
export function checkPauses(facts: Facts, report: Report): void {
  const { runs, pauses } = facts.history;
  for (const { functionName, server, from, until } of pauses) {
    for (const run of runs) {
      if (run.functionName !== functionName || run.at < from + SLACK || run.at >= until) continue;
      // One that was frozen or cut off may not have heard of it.
      if (facts.mayNotKnow(run.server, run.at)) continue;
      const text = `${run.handle} was started at ${run.server}`;
      report("what is paused does not start", `${text} while ${server} had paused ${functionName}`);
    }
  }
}
