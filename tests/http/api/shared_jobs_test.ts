import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { CancelAnswer, JobAnswer, SearchPage, WhyAnswer } from "../../../http/api/types.ts";
import { handleOf, TestServers } from "../../durability/shared/servers.ts";
import { CheckedApi } from "./checked_api.ts";

type Jobs = SearchPage<JobAnswer>;

/** Jobs of f: one runs at b, two wait; one of g waits at nobody. The API is that of a. */
async function busyCluster() {
  const all = await TestServers.begin(2);
  const worker = await all.b.worker("f");
  const client = all.b.peer();
  const handles: string[] = [];
  for (const unique of ["one", "two", "three"]) {
    handles.push(await client.background("f", unique, `payload of ${unique}`));
  }
  handles.push(await client.submitted("SUBMIT_JOB_HIGH_BG", "g", "four", ""));
  await worker.grabbed();
  worker.send("WORK_STATUS", handles[0], "1", "4");
  await all.advance(3000);
  const api = await CheckedApi.open({ router: all.a.router, payloads: true });
  return { all, api, handles, worker };
}

describe("the API of a server that shares its jobs", () => {
  test("finds those of all servers", async () => {
    const { all, api, handles } = await busyCluster();
    const uniques = async (query: string) => {
      const { items }: Jobs = await api.get(`/jobs?${query}`);
      return items.map(({ unique }) => unique);
    };
    assertEquals(await uniques(""), ["one", "two", "three", "four"]);
    assertEquals(await uniques("function=f"), ["one", "two", "three"]);
    assertEquals(await uniques("function=f*&state=running"), ["one"]);
    assertEquals(await uniques("unique=two"), ["two"]);
    assertEquals(await uniques("unique=t*"), ["two", "three"]);
    assertEquals(await uniques(`handle=${handles[3]}`), ["four"]);
    assertEquals(await uniques("minAge=2"), ["one", "two", "three", "four"]);
    assertEquals(await uniques("minAge=200"), []);
    const first: Jobs = await api.get("/jobs?limit=3");
    assertEquals([first.items.length, first.of], [3, 4]);
    assertEquals(await uniques(`limit=3&cursor=${first.next}`), ["four"]);
    await all.close();
  });

  test("tells of one that is elsewhere, and why it does not run", async () => {
    const { all, api, handles } = await busyCluster();
    const running: JobAnswer = await api.get(`/jobs/${handles[0]}`);
    const { state, numerator, denominator, server, payloadBytes } = running;
    assertEquals([state, numerator, denominator, server, payloadBytes], ["running", 1, 4, "b", 14]);
    const waiting: JobAnswer = await api.get(`/jobs/${handles[3]}`);
    assertEquals([waiting.state, waiting.server], ["waiting", null]);
    const payload = await api.ask("GET", `/jobs/${handles[1]}/payload`);
    assertEquals(await payload.text(), "payload of two");
    const why: WhyAnswer = await api.get(`/jobs/${handles[0]}/why`);
    assertEquals(why.function, "f");
    assertEquals(why.reasons.map(({ code }) => code), ["runs_elsewhere"]);
    for (const path of ["", "/payload", "/why"]) {
      await api.ask("GET", `/jobs/${handleOf(99_999)}${path}`, { status: 404 });
    }
    await api.ask("POST", `/jobs/${handles[3]}/run`, { status: 409 });
    await all.close();
  });

  test("cancels one, and all that are meant", async () => {
    const { all, api, handles } = await busyCluster();
    await api.ask("DELETE", `/jobs/${handles[1]}`, { status: 204 });
    await api.ask("DELETE", `/jobs/${handles[1]}`, { status: 404 });
    const cancel = async (body: object) => {
      const response = await api.ask("POST", "/jobs/cancel", { body });
      return await response.json() as CancelAnswer;
    };
    const ofF = { function: "f", state: "waiting" };
    assertEquals(await cancel({ ...ofF, dryRun: true }), { matched: 1, cancelled: 0 });
    assertEquals(await cancel({ ...ofF, dryRun: false }), { matched: 1, cancelled: 1 });
    const { items }: Jobs = await api.get("/jobs");
    assertEquals(items.map(({ unique }) => unique), ["one", "four"]);
    await all.close();
  });

  test("drops no function of which another server has workers", async () => {
    const { all, api, handles, worker } = await busyCluster();
    for (const handle of handles) await api.ask("DELETE", `/jobs/${handle}`, { status: 204 });
    await api.ask("DELETE", "/functions/f", { status: 409 });
    await api.ask("DELETE", "/functions/g", { status: 204 });
    worker.send("CANT_DO", "f");
    await all.advance(3000);
    await api.ask("DELETE", "/functions/f", { status: 204 });
    await all.close();
  });

  test("says that it cannot tell while the queue cannot be reached", async () => {
    const { all, api, handles } = await busyCluster();
    all.a.member.cutOff();
    await all.advance(1000);
    for (const path of ["", "/payload", "/why"]) {
      await api.ask("GET", `/jobs/${handles[3]}${path}`, { status: 503 });
    }
    await api.ask("DELETE", `/jobs/${handles[3]}`, { status: 503 });
    await all.close();
  });
});
