import type { FunctionRow } from "./snapshot.ts";

/** A number about a function. */
export interface NumberColumn {
  readonly title: string;
  /** With the gap before it. */
  readonly width: number;
  readonly text: (row: FunctionRow) => string;
}

/** The narrowest screens with all columns, and with those of the priorities left out. */
const ALL_FIT = 72;
const SOME_FIT = 44;

const WAITING: NumberColumn = {
  title: "WAITING",
  width: 9,
  text: ({ waiting }) => amount(waiting),
};
const PRIORITIES: readonly NumberColumn[] = [
  { title: "HIGH", width: 7, text: ({ priorities }) => amount(priorities?.high) },
  { title: "NORMAL", width: 8, text: ({ priorities }) => amount(priorities?.normal) },
  { title: "LOW", width: 7, text: ({ priorities }) => amount(priorities?.low) },
];
const OTHERS: readonly NumberColumn[] = [
  { title: "RUNNING", width: 9, text: ({ running }) => amount(running) },
  { title: "WORKERS", width: 9, text: ({ workers }) => amount(workers) },
];
const CHANGE: NumberColumn = {
  title: "CHANGE/s",
  width: 10,
  text: ({ change }) => signed(change),
};

/** The columns behind the name for which there is room. */
export function columnsFor(width: number, rows: readonly FunctionRow[]): readonly NumberColumn[] {
  const hasPriorities = rows.some(({ priorities }) => priorities !== null);
  if (width >= ALL_FIT && hasPriorities) return [WAITING, ...PRIORITIES, ...OTHERS, CHANGE];
  return width >= SOME_FIT ? [WAITING, ...OTHERS, CHANGE] : [WAITING, ...OTHERS];
}

/** At most six characters, up to a thousand thousand million. */
export function amount(count: number | undefined): string {
  if (count === undefined) return "-";
  if (count < 1e6) return `${count}`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)}M` : `${(count / 1e9).toFixed(1)}G`;
}

/** A rate with its sign. */
export function signed(rate: number | null): string {
  if (rate === null) return "-";
  const size = Math.abs(rate);
  const text = size < 1000 ? size.toFixed(1) : amount(Math.round(size));
  if (text === "0.0") return "0";
  return `${rate < 0 ? "-" : "+"}${text}`;
}
