import { statSync } from "node:fs";
import { jsonText, plainText } from "../../router/log/text.ts";
import type { SqliteStore } from "../../store/sqlite/store.ts";
import { failed } from "../command.ts";
import { printLines } from "../output.ts";
import { LineOutput } from "./line_output.ts";
import { showStats } from "./stats_text.ts";

/** Is the file intact, and can every job be read? */
export async function check(store: SqliteStore, asJson: boolean): Promise<number> {
  const { problemsOf } = await import("../../store/sqlite/report.ts");
  const problems = problemsOf(store);
  const isWhole = problems.length === 0;
  if (asJson) printLines([jsonText({ ok: isWhole, problems }, 2)]);
  else printLines(isWhole ? ["ok"] : problems.map(plainText));
  return isWhole ? 0 : 1;
}

/** Prints what the store holds. */
export async function stats(store: SqliteStore, asJson: boolean): Promise<number> {
  const { statsOf } = await import("../../store/sqlite/report.ts");
  return showStats(statsOf(store), asJson);
}

/** Everything that can be read, as lines of JSON. */
export async function exportAll(store: SqliteStore): Promise<number> {
  const { exportedLines } = await import("../../store/exchange/ndjson.ts");
  const { soundParts } = await import("../../store/sqlite/salvage.ts");
  let status = 0;
  const parts = soundParts(store, (what) => {
    status = failed(`${store.name}: ${what}; left out`);
  });
  const output = new LineOutput();
  for (const line of exportedLines(store, parts)) if (!await output.line(line)) return status;
  await output.end();
  return status;
}

/** Gives the space of ended jobs back. */
export async function vacuumed(store: SqliteStore): Promise<number> {
  const { vacuum } = await import("../../store/sqlite/report.ts");
  const path = store.name.replace(/^sqlite:/, "");
  const before = statSync(path).size;
  vacuum(store);
  printLines([`${before} bytes before, ${statSync(path).size} now`]);
  return 0;
}
