import type { Session } from "./connection/session.ts";
import { bytesArrayText, bytesOf, textOf } from "./values.ts";

/** Longest lists of names that are asked for at once. */
const MOST = 1000;

/**
 * The numbers that stand for the names of functions. They are remembered until the connection breaks: a
 * standby that takes over may not have heard of new ones. No number ever stands for another name.
 */
export class Functions {
  readonly #session: Session;
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();
  /** Those that were not dropped since they were asked for. */
  readonly #made = new Set<string>();
  /** Those that were asked for since the numbers were in doubt. */
  readonly #found = new Set<string>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** The number of a function that was asked for before. */
  id(name: Uint8Array): number | undefined {
    return this.#ids.get(textOf(name));
  }

  /** The name of a function that is known here. */
  name(id: number): Uint8Array | undefined {
    const name = this.#names.get(id);
    return name === undefined ? undefined : bytesOf(name);
  }

  /** Are the functions known, and was none of them dropped? */
  areMade(names: readonly Uint8Array[]): boolean {
    return names.every((name) => this.#made.has(textOf(name)));
  }

  /** Makes sure that functions have numbers. */
  async make(names: readonly Uint8Array[]): Promise<void> {
    const unknown = names.filter((name) => !this.#made.has(textOf(name)));
    await this.#ask(unknown, "@s.func_id(n)");
    for (const name of unknown) this.#made.add(textOf(name));
  }

  /** Asks for the numbers of functions; those that are unknown to the whole queue get none. */
  async find(names: readonly Uint8Array[]): Promise<void> {
    const unknown = names.filter((name) => !this.#found.has(textOf(name)));
    await this.#ask(unknown, "(select f.id from @s.func f where f.name = n)");
  }

  /** Asks for the names of numbers. */
  async findNames(ids: readonly number[]): Promise<void> {
    const unknown = ids.filter((id) => !this.#names.has(id));
    if (unknown.length === 0) return;
    const rows = await this.#session.query(
      "select id, name from @s.func where id = any($1::int[])",
      [`{${unknown.join(",")}}`],
    );
    for (const [id, name] of rows) this.learn(id, name);
  }

  async #ask(names: readonly Uint8Array[], id: string): Promise<void> {
    const wanted = [...new Map(names.map((name) => [textOf(name), name])).values()];
    for (let start = 0; start < wanted.length; start += MOST) {
      const text = `select ${id}, n from unnest($1::bytea[]) as u(n)`;
      const rows = await this.#session.query(text, [
        bytesArrayText(wanted.slice(start, start + MOST)),
      ]);
      for (const [found, name] of rows) {
        if (found === null) this.#ids.delete(textOf(name));
        else this.learn(found, name);
      }
    }
  }

  /** Remembers the number of a name. */
  learn(id: number, name: Uint8Array): void {
    const text = textOf(name);
    this.#ids.set(text, id);
    this.#found.add(text);
    this.#names.set(id, text);
  }

  /** One may have been dropped, or may be unknown: all are asked for again when they are named. */
  forget(): void {
    this.#made.clear();
    this.#found.clear();
  }
}
