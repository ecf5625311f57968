import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { routerWithRules } from "../../support/router.ts";
import { CheckedApi } from "./checked_api.ts";

const TOKEN = "a-secret-of-this-test";

test("results of background jobs are shown to those who may see payloads, and to nobody else", async () => {
  const { router, peer, clock } = routerWithRules({ f: { keepResult: "1h" } });
  using api = await CheckedApi.open({
    router,
    tokens: [{ token: TOKEN }, { token: `${TOKEN}-2`, payloads: true }],
  });
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const seen = as(`${TOKEN}-2`);
  const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
  const path = `/jobs/${handle}/result`;
  await api.get(path, { status: 409, ...seen });
  const worker = peer().canDo("f");
  worker.grab();
  worker.send("WORK_COMPLETE", handle, "\0\xff<b>");
  await api.get(path, { status: 403, ...as(TOKEN) });
  const response = await api.ask("GET", path, seen);
  assertEquals([...new Uint8Array(await response.arrayBuffer())], [0, 255, 60, 98, 62]);
  assertEquals(response.headers.get("content-disposition"), 'attachment; filename="result"');
  const part = await api.ask("GET", `${path}?limit=2`, seen);
  assertEquals([...new Uint8Array(await part.arrayBuffer())], [0, 255]);
  clock.advance(3600 * 1000);
  for (const unknown of [path, "/jobs/none/result"]) {
    await api.get(unknown, { status: 404, ...seen });
  }
});
