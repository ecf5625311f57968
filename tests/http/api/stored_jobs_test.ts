import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { JobAnswer, SearchPage } from "../../../http/api/types.ts";
import { durableRouter } from "../../durability/journal/durable_router.ts";
import { CheckedApi } from "./checked_api.ts";

type Jobs = SearchPage<JobAnswer>;

describe("jobs by HTTP", () => {
  test("are found by pages wherever the store has them, but not by a payload that is not in memory", async () => {
    const { router } = await durableRouter({ jobLimit: 10, memoryLimit: 0 });
    for (let index = 0; index < 600; index++) {
      router.enqueueJob({ function: "f", unique: `u${index}`, payload: `p${index}` });
      await Promise.resolve();
    }
    assertEquals(router.parked.size > 500, true);
    using api = await CheckedApi.open({ router, payloads: true });
    const seen: string[] = [];
    let cursor = "";
    do {
      const page: Jobs = await api.get(`/jobs?limit=97&cursor=${cursor}`);
      seen.push(...page.items.map(({ unique }) => unique));
      cursor = page.next ?? "";
    } while (cursor !== "");
    assertEquals(seen, Array.from({ length: 600 }, (_, index) => `u${index}`));
    const found: Jobs = await api.get("/jobs?payload=p59");
    assertEquals([found.of, found.scanned < 100], [600, true]);
    const one: Jobs = await api.get("/jobs?unique=u77");
    assertEquals([one.items.length, one.items[0].payloadBytes, one.scanned], [1, null, 600]);
  });

  test("with a body that is too large are not taken", async () => {
    using api = await CheckedApi.open();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20)),
    });
    await api.ask("POST", "/jobs", { body, status: 413 });
    const response = await api.app.ask("/f", {
      method: "POST",
      headers: { "sec-fetch-site": "same-origin", "content-length": "10000000000" },
      body: "x",
    });
    assertEquals([response.status, api.router.jobs.size], [413, 0]);
  });
});
