import type { JsonBytes } from "../../store/exchange/ndjson.ts";
import type { StoredLimits, StoredQueue, StoreStats } from "../../store/exchange/stats.ts";
import { jsonText } from "../../router/log/text.ts";
import { printLines } from "../output.ts";
import { type Column, table } from "../table.ts";

const COLUMNS: readonly Column<StoredQueue>[] = [
  { title: "FUNCTION", cell: (queue) => textOf(queue.function) },
  { title: "PRIORITY", cell: ({ priority }) => priority },
  { title: "JOBS", cell: ({ jobs }) => jobs },
  { title: "BYTES", cell: ({ bytes }) => bytes },
];

const LIMIT_COLUMNS: readonly Column<StoredLimits>[] = [
  { title: "LIMIT OF", cell: (limits) => textOf(limits.function) },
  { title: "HIGH", cell: ({ high }) => high },
  { title: "NORMAL", cell: ({ normal }) => normal },
  { title: "LOW", cell: ({ low }) => low },
];

/** Says what a store holds; the exit status is 0. */
export function showStats(stats: StoreStats, asJson: boolean): number {
  printLines(asJson ? [jsonText(stats, 2)] : textLines(stats));
  return 0;
}

function textLines(stats: StoreStats): string[] {
  const { jobs, bytes, oldestNumber, nextNumber, damaged, queues, limits } = stats;
  const lines = [
    `${counted(jobs, "job")} with ${counted(bytes, "byte")} of payload`,
    `numbers in handles: oldest job ${oldestNumber ?? "-"}, next job ${nextNumber}`,
  ];
  if (damaged > 0) lines.push(`damaged jobs that are set aside: ${damaged}`);
  if (queues.length > 0) lines.push("", ...table(COLUMNS, queues));
  if (limits.length > 0) lines.push("", ...table(LIMIT_COLUMNS, limits));
  return lines;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function textOf(bytes: JsonBytes): string {
  return typeof bytes === "string" ? bytes : `base64:${bytes.base64}`;
}
