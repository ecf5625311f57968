import { plainText } from "../../router/log/text.ts";
import { fitted, padEnd, padStart, shown } from "../table.ts";
import {
  type Extent,
  type FunctionRow,
  inside,
  selected,
  type Snapshot,
  type ViewState,
} from "./state.ts";

/** A line of the screen, as wide as the screen at most. */
export interface Line {
  readonly text: string;
  readonly style: "plain" | "bold" | "heading" | "warning";
}

/** The size of a screen, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Shown {
  /** Where it is, and what it says of its version. */
  readonly server: string;
  readonly time: string;
  readonly snapshot: Snapshot;
  /** Why the snapshot is not newer; null if it is new. */
  readonly trouble: string | null;
}

/** How many lines are above and below the functions. */
const FRAME = 5;
const KEYS = "q quit  / filter  sort: n name w waiting s scheduled r running k workers d done";

/** The whole screen. A function with waiting jobs and no worker is a warning. */
export function view(what: Shown, size: Size, state: ViewState): Line[] {
  const { columns: width } = size;
  const rows = selected(what.snapshot.functions, state);
  const extent = extentOf(what.snapshot, size, state);
  const offset = inside(state.offset, extent);
  const page = rows.slice(offset, offset + extent.page);
  const columns = columnsFor(width, what.snapshot);
  const nameWidth = width - columns.reduce((sum, column) => sum + column.width, 0);
  const line = (name: string, cells: readonly string[]) =>
    fitted(name, nameWidth) +
    cells.map((cell, index) => padStart(cell, columns[index].width)).join("");
  const title = `geartrain top  ${what.server}`;
  const lines: Line[] = [
    { text: fitted(title, width - 10) + padStart(what.time, 10), style: "bold" },
    { text: totals(what.snapshot), style: "plain" },
    message(what, state, rows, offset, page.length),
    { text: line("FUNCTION", columns.map(({ title }) => title)), style: "heading" },
    ...page.map((row): Line => ({
      text: line(shown(row.name), columns.map(({ text }) => text(row))),
      style: row.waiting > 0 && row.workers === 0 ? "warning" : "plain",
    })),
  ];
  while (lines.length < size.rows - 1) lines.push({ text: "", style: "plain" });
  lines.push({ text: KEYS, style: "plain" });
  const cut = lines.length > size.rows ? lines.slice(0, size.rows) : lines;
  return cut.map(({ text, style }) => {
    const line = fitted(plainText(text), width);
    return { text: style === "heading" ? padEnd(line, width) : line.trimEnd(), style };
  });
}

/** How many functions are on a screen, and how many could be. */
export function extentOf(snapshot: Snapshot, { rows }: Size, state: ViewState): Extent {
  return { page: Math.max(1, rows - FRAME), count: selected(snapshot.functions, state).length };
}

function totals({ functions, untold }: Snapshot): string {
  const sum = (of: (row: FunctionRow) => number | null) =>
    functions.reduce((total, row) => total + (of(row) ?? 0), 0);
  // At the first look there is nothing to compare with.
  const perSecond = (of: (row: FunctionRow) => number | null, text: typeof rate) =>
    text(functions.every((row) => of(row) === null) ? null : sum(of));
  const rates = untold === null
    ? [
      `${perSecond(({ done }) => done, rate)} done/s`,
      `${perSecond(({ failed }) => failed, rate)} failed/s`,
    ]
    : [`${perSecond(({ change }) => change, signed)} change/s`];
  const scheduled = amount(sum(({ scheduled }) => scheduled));
  return [
    functions.length === 1 ? "1 function" : `${functions.length} functions`,
    `${amount(sum(({ waiting }) => waiting))} waiting`,
    ...untold === null ? [`${scheduled} scheduled`] : [],
    `${amount(sum(({ running }) => running))} running`,
    ...rates,
  ].join("  ");
}

function message(
  { trouble, snapshot: { untold } }: Shown,
  { sort, isReversed, filter, isTyping }: ViewState,
  rows: readonly FunctionRow[],
  offset: number,
  count: number,
): Line {
  if (trouble !== null) return { text: `${trouble}; trying again`, style: "warning" };
  const order = `by ${sort}${isReversed ? ", reversed" : ""}`;
  const place = count < rows.length ? `  ${offset + 1} to ${offset + count} of ${rows.length}` : "";
  const typing = isTyping ? `  filter: ${filter}_  (Enter, Esc)` : "";
  const filtered = !isTyping && filter !== "" ? `  filter: ${filter}  (Esc drops it)` : "";
  const text = order + place + typing + filtered;
  const missing = untold === null || isTyping ? "" : `  (this server does not tell ${untold})`;
  return { text: text + missing, style: "plain" };
}

/** A column with a number about a function. */
export interface NumberColumn {
  readonly title: string;
  /** The width in characters, with the gap before the column. */
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

export function signed(perSecond: number | null): string {
  if (perSecond === null) return "-";
  const text = rate(Math.abs(perSecond));
  if (text === "0") return text;
  return `${perSecond < 0 ? "-" : "+"}${text}`;
}
