import { encodeName, errorLine, escapeName } from "../../../protocol/mod.ts";
import type { Refusal } from "../../policy.ts";

/** What the C server answers about a function that there is not. */
export const FUNCTION_NOT_FOUND = "ERR function not found\r\n";
/** What a cell holds when there is nothing to tell. */
export const NOTHING = "-";
/** The last line of a listing. */
export const END = ".\n";
export const TAB = "\t";

/** The answer to an order that was carried out, or refused. */
export function answerTo(refusal: Refusal | null, ok = "OK\n"): string {
  return refusal === null ? ok : refusedWith(refusal);
}

/** The answer to a command that is refused. */
export function refusedWith({ code, text }: Refusal): string {
  return errorLine(code, text);
}

/** The answer to a command whose words do not fit; `text` says what it takes. */
export function invalid(text: string): string {
  return errorLine("INVALID_ARGUMENTS", text);
}

/** The same in the words of the C server. */
export function incomplete(command: string): string {
  return invalid(`An incomplete set of arguments was sent to this command ${command}`);
}

/** A column of a listing: its name, and the text of its cell in a row, with control characters escaped. */
export type Column<Row> = readonly [name: string, cell: (row: Row) => string | number];

/** The line with the names of the columns. */
export function headOf<Row>(columns: readonly Column<Row>[]): string {
  return `${columns.map(([name]) => name).join(TAB)}\n`;
}

/** The cells of a row, without the line end. */
export function rowOf<Row>(columns: readonly Column<Row>[], row: Row): string {
  return columns.map(([, cell]) => cell(row)).join(TAB);
}

/** A text as a cell, or what stands for none. */
export function textCell(text = "", none = ""): string {
  return text === "" ? none : escapeName(encodeName(text));
}
