import type { FunctionRow, Snapshot } from "./snapshot.ts";

/** A number about a function. */
export interface NumberColumn {
  readonly title: string;
  /** With the gap before it. */
  readonly width: number;
  readonly text: (row: FunctionRow) => string;
}

/** The narrowest screens, in characters, that have room for these columns beside the name. */
const PRIORITIES_FIT = 100;
const ALL_OTHERS_FIT = 72;
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
const SCHEDULED: NumberColumn = {
  title: "SCHEDULED",
  width: 11,
  text: ({ scheduled }) => amount(scheduled ?? undefined),
};
const OTHERS: readonly NumberColumn[] = [
  { title: "RUNNING", width: 9, text: ({ running }) => amount(running) },
  { title: "WORKERS", width: 9, text: ({ workers }) => amount(workers) },
];
const DONE: NumberColumn = { title: "DONE/s", width: 9, text: ({ done }) => rate(done) };
const FAILED: NumberColumn = { title: "FAILED/s", width: 10, text: ({ failed }) => rate(failed) };
/** Shown when the server does not tell how many jobs were done. */
const CHANGE: NumberColumn = {
  title: "CHANGE/s",
  width: 10,
  text: ({ change }) => signed(change),
};

/** The columns behind the name that fit on the screen and for which the server tells something. */
export function columnsFor(
  width: number,
  { functions, untold }: Pick<Snapshot, "functions" | "untold">,
): readonly NumberColumn[] {
  const tellsAll = untold === null;
  const hasPriorities = functions.some(({ priorities }) => priorities !== null);
  const fits = (narrowest: number, columns: readonly NumberColumn[]) =>
    width >= narrowest ? columns : [];
  return [
    WAITING,
    ...fits(tellsAll ? PRIORITIES_FIT : ALL_OTHERS_FIT, hasPriorities ? PRIORITIES : []),
    ...fits(ALL_OTHERS_FIT, tellsAll ? [SCHEDULED] : []),
    ...OTHERS,
    ...fits(SOME_FIT, [tellsAll ? DONE : CHANGE]),
    ...fits(ALL_OTHERS_FIT, tellsAll ? [FAILED] : []),
  ];
}

/** At most six characters, up to a thousand thousand million. */
export function amount(count: number | undefined): string {
  if (count === undefined) return "-";
  if (count < 1e6) return `${count}`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)}M` : `${(count / 1e9).toFixed(1)}G`;
}

/** A rate that is not negative. */
export function rate(perSecond: number | null): string {
  if (perSecond === null) return "-";
  const text = perSecond < 1000 ? perSecond.toFixed(1) : amount(Math.round(perSecond));
  return text === "0.0" ? "0" : text;
}

/** A rate with its sign. */
export function signed(perSecond: number | null): string {
  if (perSecond === null) return "-";
  const text = rate(Math.abs(perSecond));
  if (text === "0") return text;
  return `${perSecond < 0 ? "-" : "+"}${text}`;
}
