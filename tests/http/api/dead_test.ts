import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { DeadJobAnswer, DeadOrderAnswer } from "../../../http/api/dead_types.ts";
import type { FunctionAnswer, Page } from "../../../http/api/types.ts";
import { CheckedApi } from "./checked_api.ts";

const NOW = 1_700_000_000_000;
const iso = (time: number) => new Date(time).toISOString();

/** Three jobs of `a/b` that were buried by HTTP. */
async function withDead(api: CheckedApi): Promise<string[]> {
  const handles = ["1", "2", "3"].map((unique) =>
    api.router.enqueueJob({ function: "a/b", unique, payload: "12345" })!.handle
  );
  for (const handle of handles) await api.ask("POST", `/jobs/${handle}/bury`, { status: 204 });
  return handles;
}

describe("dead jobs by HTTP", () => {
  test("are listed in pages, with their runs", async () => {
    using api = await CheckedApi.open();
    const handles = await withDead(api);
    const first: Page<DeadJobAnswer> = await api.get("/dead?limit=2");
    assertEquals(first.items[0], {
      handle: handles[0],
      function: "a/b",
      unique: "1",
      died: iso(NOW),
      failures: 0,
      losses: 0,
      payloadBytes: 5,
      runs: [{
        started: null,
        ended: iso(NOW),
        worker: "HTTP",
        cause: "buried",
        text: "",
        afterDeath: false,
      }],
    });
    const next = encodeURIComponent(first.next!);
    const second: Page<DeadJobAnswer> = await api.get(`/dead?cursor=${next}&function=a%2Fb`);
    const found = [...first.items, ...second.items].map(({ handle }) => handle);
    assertEquals([found, second.next], [handles, null]);
    assertEquals((await api.get<Page<DeadJobAnswer>>("/dead?function=other")).items, []);
  });

  test("are counted for each function, and functions are ordered by them", async () => {
    using api = await CheckedApi.open();
    api.router.enqueueJob({ function: "alive" });
    await withDead(api);
    const { items }: Page<FunctionAnswer> = await api.get("/functions?sort=-dead");
    assertEquals(items.map(({ name, dead, jobs }) => [name, dead, jobs]), [
      ["a/b", 3, 0],
      ["alive", 0, 1],
    ]);
    assertEquals((await api.get<FunctionAnswer>("/functions/a%2Fb")).dead, 3);
  });

  test("are brought back and dropped, one or all of a function", async () => {
    using api = await CheckedApi.open();
    const [a, b, c] = await withDead(api);
    await api.ask("POST", `/dead/${b}/kick`, { status: 204 });
    await api.ask("POST", `/dead/${b}/kick`, { status: 404 });
    await api.ask("DELETE", `/dead/${c}`, { status: 204 });
    await api.ask("DELETE", `/dead/${c}`, { status: 404 });
    assertEquals([api.router.jobs.size, api.router.dead.size], [1, 1]);
    const other = api.router.enqueueJob({ function: "a/b", unique: "1" })!;
    await api.ask("POST", `/dead/${a}/kick`, { status: 409 });
    const none: DeadOrderAnswer = await api.ask("POST", "/dead/kick?function=a%2Fb", {
      status: 200,
    }).then((response) => response.json());
    assertEquals(none, { jobs: 0 });
    api.router.operations.cancel(other, null);
    const old = await api.ask("DELETE", "/dead?function=a%2Fb&olderSeconds=1", { status: 200 });
    assertEquals(await old.json(), { jobs: 0 });
    const kicked = await api.ask("POST", "/dead/kick?function=a%2Fb&count=5", { status: 200 });
    assertEquals([await kicked.json(), api.router.jobs.size], [{ jobs: 1 }, 2]);
  });

  test("are refused where there are none, or nothing may be ordered", async () => {
    using api = await CheckedApi.open();
    await api.ask("POST", "/dead/kick", { status: 400 });
    await api.ask("POST", "/dead/kick?function=none", { status: 404 });
    await api.ask("DELETE", "/dead?function=none", { status: 404 });
    await api.ask("POST", "/jobs/H:none:1/bury", { status: 404 });
  });
});
