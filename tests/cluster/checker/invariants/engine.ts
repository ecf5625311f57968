import type { Report } from "../check.ts";
import type { Facts } from "../facts.ts";

/** What the database itself must not have seen. */
export function checkEngine(facts: Facts, report: Report): void {
  const dead = new Set<number>();
  const used = new Set<number>();
  const removed = new Set<number>();
  const byKey = new Map<string, number>();
  for (const event of facts.history.engine) {
    if (event.what === "died") dead.add(event.owner);
    if (!("job" in event)) continue;
    const { number, owner, functionName, key } = event.job;
    if (event.what !== "removed" && owner !== null && dead.has(owner)) {
      report("no orphans", `job ${number} was claimed by ${facts.serverOf(owner)}, which was dead`);
    }
    const unique = JSON.stringify([functionName, key]);
    if (event.what === "added") {
      if (used.has(number)) report("numbers are never used again", `${number} was`);
      used.add(number);
      removed.delete(number);
      const other = key === "" ? undefined : byKey.get(unique);
      if (other !== undefined) {
        report("a unique has one live job", `${number} and ${other} live with ${unique}`);
      }
      byKey.set(unique, number);
    } else if (event.what === "removed") {
      if (removed.has(number)) {
        report("a completion counts once", `job ${number} was removed twice`);
      }
      removed.add(number);
      if (byKey.get(unique) === number) byKey.delete(unique);
    }
  }
  for (const { number, owner } of facts.history.rowsAtEnd) {
    if (owner !== null && dead.has(owner)) {
      report("no orphans", `job ${number} belongs to ${facts.serverOf(owner)}, which is dead`);
    }
  }
}
