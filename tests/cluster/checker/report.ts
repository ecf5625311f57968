import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { History } from "./history.ts";
import type { Outcome } from "./run.ts";

/** How many violations are told. */
const MOST = 20;

/** What a run was like, in a few lines. */
export function summary({ history }: Outcome): string {
  const { submits, runs, engine, questions, sqlSubmits, gracefulStops } = history;
  const acknowledged = submits.filter(({ answer }) => answer !== null && "handle" in answer).length;
  const refused = submits.filter(({ answer }) => answer !== null && "refused" in answer).length;
  const removed = engine.filter(({ what }) => what === "removed").length;
  const deaths = engine.filter(({ what }) => what === "died").length;
  return [
    `${submits.length} submits, ${acknowledged} acknowledged, ${refused} refused, ` +
    `${submits.length - acknowledged - refused} unknown; ${sqlSubmits.length} by SQL`,
    `${runs.length} starts, ${removed} ends, ${questions.length} questions`,
    `${deaths} lives of servers over, ${gracefulStops.length} graceful stops, ${history.pauses.length} pauses`,
    ...tally(history),
  ].join("\n");
}

/** Which faults there were, and how many of each. */
function tally({ faults }: History): string[] {
  const times = new Map<string, number>();
  for (const { server, what } of faults) {
    const kind = `${server === null ? "the database" : "a server"} ${what}`;
    times.set(kind, (times.get(kind) ?? 0) + 1);
  }
  return [...times].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${count} times ${kind}`);
}

/** What a run has violated, and where all that was seen is kept. */
export function complaint({ violations, history, logs }: Outcome, seed: number): string {
  const file = join(tmpdir(), `geartrain-checker-${seed}.json`);
  writeFileSync(file, JSON.stringify({ history, logs, violations }));
  const told = violations.slice(0, MOST).map(({ invariant, message }) =>
    `${invariant}: ${message}`
  );
  const rest = violations.length > MOST ? [`and ${violations.length - MOST} more`] : [];
  return [`seed ${seed}, history in ${file}`, ...told, ...rest].join("\n");
}
