import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { MemoryStore } from "../../store/mod.ts";
import { Server, type ServerOptions, Worker } from "../../mod.ts";

const ORDER = { "sec-fetch-site": "same-origin" };
const EVENTS = { ...ORDER, accept: "text/event-stream" };
const NDJSON = { ...ORDER, "content-type": "application/x-ndjson" };

/** A server with HTTP, and where its API is. */
async function withApi(
  use: (server: Server, api: string) => Promise<void>,
  options: ServerOptions = {},
): Promise<void> {
  await using server = new Server({ http: [{ port: 0 }], ...options });
  const [listener] = await server.http;
  // Until the stored jobs are read, it takes none.
  await server.loaded;
  await use(server, `http://127.0.0.1:${listener.addr.port}/api/v1`);
}

function submit(api: string, headers: Record<string, string>, signal?: AbortSignal) {
  const body = JSON.stringify({ function: "f", payload: "x", background: false });
  return fetch(`${api}/jobs`, { method: "POST", headers, body, signal });
}

describe("a job by HTTP", () => {
  test("is worked off like any other, and its result comes as events", () =>
    withApi(async (server, api) => {
      const response = await submit(api, EVENTS);
      await using _worker = new Worker({
        servers: [server],
        functions: { f: async (job) => `${await job.text()}y` },
      });
      const events = (await response.text()).match(/^event: \w+|"result".*/gm);
      assertEquals(events, ["event: created", "event: complete", '"result":"xy"}']);
    }));

  test("ends when the client that waits for it hangs up", () =>
    withApi(async (server, api) => {
      const ended = new Promise<string>((resolve) => {
        server.on("jobFinished", ({ outcome }) => resolve(outcome));
      });
      const gone = new AbortController();
      const response = await submit(api, EVENTS, gone.signal);
      assertEquals(server.jobsOutstanding(), 1);
      gone.abort();
      assertEquals(await ended, "abandoned");
      await response.text().catch(() => {});
    }));

  test("of a bulk is stored before its handle is told", () => {
    const store = new MemoryStore("H:test:000000000001");
    return withApi(async (server, api) => {
      const lines = Array.from(
        { length: 5000 },
        (_, index) => JSON.stringify({ function: "f", unique: `u${index}` }),
      );
      const response = await fetch(`${api}/jobs`, {
        method: "POST",
        headers: NDJSON,
        body: lines.join("\n"),
      });
      const outcomes = (await response.text()).trim().split("\n").map((line) => JSON.parse(line));
      assertEquals(outcomes.length, 5000);
      const uniques = outcomes.map(({ handle }) => server.jobByHandle(handle)?.unique);
      assertEquals(uniques, Array.from({ length: 5000 }, (_, index) => `u${index}`));
      assertEquals(store.load(0, 10_000, 0).length, 5000);
    }, { store });
  });
});
