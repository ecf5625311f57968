import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { MOST_CHARACTERS, PageWriter } from "../../../http/api/page.ts";
import type { ConnectionAnswer, Page, SearchPage } from "../../../http/api/types.ts";
import { CheckedApi } from "./checked_api.ts";

/** A name that is six times as long in JSON. */
const LONG = "\x01".repeat(500);

async function pages<Item>(api: CheckedApi, path: string): Promise<Page<Item>[]> {
  const all: Page<Item>[] = [];
  for (let cursor = "";;) {
    const response = await api.ask("GET", `${path}limit=1000${cursor}`);
    const text = await response.text();
    assert(text.length < MOST_CHARACTERS * 1.2, `${text.length}`);
    const page: Page<Item> = JSON.parse(text);
    all.push(page);
    if (page.next === null) return all;
    cursor = `&cursor=${page.next}`;
  }
}

describe("names that are long in JSON", () => {
  test("make more pages, but no longer ones, of workers", async () => {
    using api = await CheckedApi.open();
    for (let worker = 0; worker < 18; worker++) {
      const peer = api.peer();
      for (let index = 0; index < 100; index++) peer.canDo(`${LONG}${index}`);
    }
    const all = await pages<ConnectionAnswer>(api, "/workers?");
    assert(all.length > 1);
    assertEquals(new Set(all.flatMap(({ items }) => items.map(({ id }) => id))).size, 18);
    await api.ask("GET", `/function?name=${encodeURIComponent(`${LONG}1`)}`)
      .then(async (response) => assert((await response.text()).length < MOST_CHARACTERS * 1.2));
  });
});

test("a page is full when it has as many items, or as much text, as it may", async () => {
  const few = new PageWriter<string>(2);
  few.add("a");
  assertEquals(few.isFull, false);
  few.add("b");
  assertEquals(few.isFull, true);
  const response = few.response<SearchPage<string>>({ next: null, scanned: 2, of: 3 });
  assertEquals(await response.json(), { items: ["a", "b"], next: null, scanned: 2, of: 3 });
  const long = new PageWriter<string>(1000);
  const half = "\x01".repeat(MOST_CHARACTERS / 12);
  long.add(half);
  assertEquals(long.isFull, false);
  long.add(half);
  assertEquals(long.isFull, true);
});
