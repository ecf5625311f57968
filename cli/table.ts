import { UNSAFE_IN_A_LINE } from "../router/log/text.ts";
import { unicodeWidth } from "@std/cli/unicode-width";

/** A column of a table: its heading, and what stands in it for a row. */
export interface Column<Row> {
  readonly title: string;
  /** Numbers are aligned at their last digit. Null is nothing, undefined is not known: a dash. */
  readonly cell: (row: Row) => string | number | null | undefined;
}

const GAP = "  ";
const NOTHING = "-";

/** Lines of text: a heading and the rows, in aligned columns. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const isNumber = columns.map((_, index) => cells.some((row) => typeof row[index] === "number"));
  const texts = [
    columns.map(({ title }) => title),
    ...cells.map((row) => row.map((cell) => shown(`${cell ?? NOTHING}`))),
  ];
  const widths = columns.map((_, index) =>
    texts.reduce((widest, row) => Math.max(widest, unicodeWidth(row[index])), 0)
  );
  return texts.map((row) =>
    row.map((text, index) => (isNumber[index] ? padStart : padEnd)(text, widths[index]))
      .join(GAP).trimEnd()
  );
}

/**
 * A name that a terminal only shows: what must not reach it is escaped as servers escape it, so that
 * text commands understand it.
 */
export function shown(text: string): string {
  return text.replace(UNSAFE_IN_A_LINE, (character) => {
    const bytes = [...new TextEncoder().encode(character)];
    return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - unicodeWidth(text)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - unicodeWidth(text))) + text;
}

/** As much of the text as fits; what is left out is told by dots. */
export function fitted(text: string, width: number): string {
  if (unicodeWidth(text) <= width) return padEnd(text, width);
  let fits = "";
  for (const character of text) {
    if (unicodeWidth(fits + character) > width - 1) break;
    fits += character;
  }
  return width > 0 ? padEnd(`${fits}…`, width) : "";
}
