import type { TextConnection } from "./text_connection.ts";
import { noGearmanServer } from "./errors.ts";

/** Stands in a column for which geartrain has no value. */
const NOTHING = "-";

/** A row of a listing whose first line names its columns. */
export class NamedRow {
  readonly #names: readonly string[];
  readonly #cells: readonly string[];

  constructor(names: readonly string[], cells: readonly string[]) {
    this.#names = names;
    this.#cells = cells;
  }

  /** What stands in a column. */
  text(name: string): string {
    return this.from(name)[0];
  }

  /** A number that does. */
  count(name: string): number {
    const text = this.text(name);
    if (!/^-?\d+$/.test(text)) throw noGearmanServer(this.#cells.join("\t"));
    return Number(text);
  }

  /** The number, or null where there is nothing to tell. */
  countOrNull(name: string): number | null {
    return this.text(name) === NOTHING ? null : this.count(name);
  }

  /** The text, or null where there is nothing to tell. */
  textOrNull(name: string): string | null {
    return this.text(name) === NOTHING ? null : this.text(name);
  }

  /** A flag, 0 or 1. */
  flag(name: string): boolean {
    return this.count(name) !== 0;
  }

  /** What stands in a column and in all behind it. */
  from(name: string): string[] {
    const index = this.#names.indexOf(name);
    if (index < 0 || index >= this.#cells.length) throw noGearmanServer(this.#cells.join("\t"));
    return this.#cells.slice(index);
  }
}

/**
 * Asks geartrain for one of the listings that have named columns.
 *
 * @param key a column that it has.
 * @throws {CommandRefusedError} when the server is another one, which does not know the command.
 */
export async function namedRows(
  server: TextConnection,
  command: string,
  key: string,
): Promise<NamedRow[]> {
  const [head = "", ...lines] = await server.list(command);
  const names = head.split("\t");
  if (!names.includes(key)) throw noGearmanServer(head);
  return lines.map((line) => new NamedRow(names, line.split("\t")));
}
