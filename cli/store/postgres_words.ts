import { loadOnDemand } from "../../on_demand.ts";
import { jsonText, plainText } from "../../router/log/text.ts";
import type * as Tools from "../../store/postgres/tools.ts";
import { printLines } from "../output.ts";
import { LineOutput } from "./line_output.ts";
import { showStats } from "./stats_text.ts";

type QueuePlace = Tools.QueuePlace;
type Report = Awaited<ReturnType<typeof Tools.check>>;

/** Loads what is only needed with PostgreSQL. */
export function postgresTools(): Promise<typeof Tools> {
  return loadOnDemand<typeof Tools>("store/postgres/tools");
}

/** Makes the tables, or brings them to the version of this program. */
export async function migrate({ url, password }: QueuePlace, asJson: boolean): Promise<number> {
  const { from, to } = await (await postgresTools()).migrate(url, password);
  const text = from === to
    ? `the tables have version ${to}`
    : from === 0
    ? `the tables are made, in version ${to}`
    : `the tables are brought from version ${from} to version ${to}`;
  printLines([asJson ? jsonText({ from, to }, 2) : text]);
  return 0;
}

/** What is there, and is the engine well? */
export async function check({ url, password }: QueuePlace, asJson: boolean): Promise<number> {
  const report = await (await postgresTools()).check(url, password);
  const problems = report.health.flatMap(({ trouble }) => trouble ?? []);
  const isWell = problems.length === 0;
  if (asJson) printLines([jsonText({ ok: isWell, problems, ...report }, 2)]);
  else printLines([...linesOf(report), "", ...(isWell ? ["ok"] : problems.map(plainText))]);
  return isWell ? 0 : 1;
}

function linesOf({ name, engine, servers, jobs, countsAreOffBy, health }: Report): string[] {
  const { waiting, scheduled, claimed } = jobs;
  const off = countsAreOffBy > 0 ? ` (counts that servers show are off by ${countsAreOffBy})` : "";
  return [
    `${name}: PostgreSQL ${engine}`,
    `Servers: ${servers}`,
    `Jobs: ${waiting} waiting, ${scheduled} scheduled, ${claimed} claimed${off}`,
    ...health.map(({ text, value }) => plainText(`${text}: ${value}`)),
  ];
}

/** What the queue holds. */
export async function stats(place: QueuePlace, asJson: boolean): Promise<number> {
  return showStats(await (await postgresTools()).stats(place), asJson);
}

/** All of it as lines of JSON. */
export async function exportAll(place: QueuePlace): Promise<number> {
  const output = new LineOutput();
  await (await postgresTools()).exportLines(place, (line) => output.line(line));
  await output.end();
  return 0;
}
