import type { Page } from "./types.ts";

/** Characters of JSON that a list may have: names that peers choose could make it as long as they like. */
export const MOST_CHARACTERS = 4 * 1024 * 1024;

/** A part of a list as JSON, which is written item by item so that others have their turn. */
export class PageWriter<Answer> {
  readonly #limit: number;
  readonly #items: string[] = [];
  #length = 0;

  /** @param limit items that it may have. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Is there no room for one more? */
  get isFull(): boolean {
    return this.#items.length >= this.#limit || this.#length >= MOST_CHARACTERS;
  }

  /** Adds an item. */
  add(item: Answer): void {
    const text = JSON.stringify(item);
    this.#items.push(text);
    this.#length += text.length;
  }

  /** The page, with what stands behind its items. */
  response<More extends Page<Answer>>(more: Omit<More, "items">): Response {
    const rest = JSON.stringify(more).slice(1);
    return new Response(`{"items":[${this.#items.join(",")}],${rest}`, {
      headers: { "content-type": "application/json" },
    });
  }
}
