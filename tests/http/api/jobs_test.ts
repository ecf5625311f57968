import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { JobAnswer, Page, SearchPage } from "../../../http/api/types.ts";
import { CheckedApi } from "./checked_api.ts";

type Jobs = SearchPage<JobAnswer>;

describe("/jobs", () => {
  test("finds jobs by all that is known of them", async () => {
    using api = await CheckedApi.open({ payloads: true });
    const client = api.peer(40001);
    client.send("SET_CLIENT_ID", "shop");
    client.submit("SUBMIT_JOB", "resize", "order-1", "cat.png");
    client.submit("SUBMIT_JOB_HIGH_BG", "mail", "order-2", "dog.png");
    api.clock.advance(10_000);
    api.peer().submit("SUBMIT_JOB_LOW_BG", "mail", "x", "a\0b");
    api.peer().canDo("resize").grab();
    const found = async (query: string) => {
      const { items, scanned, of, next } = await api.get<Jobs>(`/jobs?${query}`);
      assertEquals([scanned, of, next], [/^handle=[^*]+$/.test(query) ? 1 : 3, 3, null]);
      return items.map(({ unique }) => unique).join();
    };
    const all: Jobs = await api.get("/jobs");
    assertEquals(all.items.map(({ state }) => state), ["running", "waiting", "waiting"]);
    assertEquals(await found("function=mail"), "order-2,x");
    assertEquals(await found("function=mai*&state=waiting"), "order-2,x");
    assertEquals(await found("state=running,scheduled"), "order-1");
    assertEquals(await found("unique=order-2"), "order-2");
    assertEquals(await found("unique=order-*"), "order-1,order-2");
    assertEquals(await found("unique=order"), "");
    for (const who of ["shop", "127.0.0.1:40001", `${client.connection.id}`, "127.*:40001"]) {
      assertEquals(await found(`client=${who}`), "order-1,order-2");
    }
    assertEquals(await found("client=127.0.0.1"), "order-1,order-2,x");
    assertEquals(await found("minAge=10"), "order-1,order-2");
    assertEquals(await found("payload=.png"), "order-1,order-2");
    assertEquals(await found("payload=a%00b"), "x");
    assertEquals(await found(`handle=${all.items[1].handle}`), "order-2");
    assertEquals(await found("handle=H:*"), "order-1,order-2,x");
    for (const wrong of ["state=ended", "minAge=-1", "cursor=abc", "limit=1.5", "dryRun=1"]) {
      await api.get(`/jobs?${wrong}`, { status: 400 });
    }
  });

  test("come in pages, in which each job comes once", async () => {
    using api = await CheckedApi.open();
    const handles = Array.from(
      { length: 700 },
      (_, index) => api.router.enqueueJob({ function: index % 2 === 0 ? "even" : "odd" })!.handle,
    );
    const seen: string[] = [];
    let [cursor, scanned] = ["", 0];
    for (;;) {
      const page: Jobs = await api.get(`/jobs?function=odd&limit=100&cursor=${cursor}`);
      seen.push(...page.items.map(({ handle }) => handle));
      scanned += page.scanned;
      api.router.enqueueJob({ function: "later" });
      if (page.next === null) break;
      cursor = page.next;
    }
    assertEquals(seen, handles.filter((_, index) => index % 2 === 1));
    assertEquals(scanned >= 700, true);
  });

  test("tells the life of one: by whom, its runs, how far it is, what its worker said", async () => {
    using api = await CheckedApi.open();
    const client = api.peer(40001);
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "12345");
    const first = api.peer(40002).canDo("f");
    first.grab();
    api.clock.advance(1000);
    first.vanish();
    const second = api.peer(40003).canDo("f");
    second.grab();
    second.send("WORK_STATUS", handle, "3", "4");
    second.send("WORK_WARNING", handle, "slow disk");
    second.send("WORK_DATA", handle, "\xff\x01");
    const job = await api.get<JobAnswer>(`/jobs/${handle}`);
    assertEquals([job.state, job.losses, job.numerator, job.denominator], ["running", 1, 3, 4]);
    assertEquals([job.payloadBytes, job.background, job.clients], [5, true, 0]);
    assertEquals(job.runs.map(({ cause, worker }) => [cause, worker.address]), [
      ["lost", "127.0.0.1:40002"],
      ["running", "127.0.0.1:40003"],
    ]);
    assertEquals([job.warning, job.data, job.dataBase64], ["slow disk", "\\xff\x01", "/wE="]);
    assertEquals(job.submitter?.address, "127.0.0.1:40001");
    second.send("WORK_EXCEPTION", handle, "no such file");
    const ended = await api.get<JobAnswer>(`/jobs/${handle}`);
    assertEquals([ended.state, ended.outcome, ended.text], ["ended", "exception", "no such file"]);
    assertEquals(ended.losses, 1);
    await api.get("/jobs/H:test:none", { status: 404 });
  });

  test("show payloads to those who may see them, and to nobody else", async () => {
    const token = "a-secret-of-this-test";
    using api = await CheckedApi.open({
      tokens: [{ token }, { token: `${token}-2`, payloads: true }],
    });
    const handle = api.peer().submit("SUBMIT_JOB_BG", "f", "", "\0\xff<b>");
    const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    for (const path of [`/jobs/${handle}/payload`, "/jobs?payload=b"]) {
      await api.get(path, { status: 403, ...as(token) });
    }
    const seen = as(`${token}-2`);
    const response = await api.ask("GET", `/jobs/${handle}/payload`, seen);
    assertEquals([...new Uint8Array(await response.arrayBuffer())], [0, 255, 60, 98, 62]);
    const part = await api.ask("GET", `/jobs/${handle}/payload?limit=2`, seen);
    assertEquals([...new Uint8Array(await part.arrayBuffer())], [0, 255]);
    assertEquals((await api.get<Jobs>("/jobs?payload=%ff%3cb", seen)).items.length, 1);
    await api.get("/jobs/none/payload", { status: 404, ...seen });
  });
});

describe("/ended", () => {
  test("tells how the last jobs ended, newest first, by function and outcome, in pages", async () => {
    using api = await CheckedApi.open();
    const worker = api.peer().canDo("f").canDo("g");
    const handles: string[] = [];
    for (let index = 0; index < 10; index++) {
      api.router.enqueueJob({ function: index < 7 ? "f" : "g" });
      const [handle] = worker.grab()!;
      handles.unshift(handle);
      api.clock.advance(10);
      if (index % 2 === 0) worker.send("WORK_COMPLETE", handle, "result");
      else worker.send("WORK_FAIL", handle);
    }
    type Ended = Page<JobAnswer>;
    const all: Ended = await api.get("/ended");
    assertEquals(all.items.map(({ handle }) => handle), handles);
    assertEquals(all.items.at(-1)?.resultBytes, 6);
    const g: Ended = await api.get("/ended?function=g&outcome=failed");
    assertEquals(g.items.map(({ handle }) => handle), [handles[0], handles[2]]);
    const seen: string[] = [];
    let cursor = "";
    do {
      const page: Ended = await api.get(`/ended?limit=3&cursor=${cursor}`);
      seen.push(...page.items.map(({ handle }) => handle));
      cursor = page.next ?? "";
    } while (cursor !== "");
    assertEquals(seen, handles);
    await api.get("/ended?outcome=good", { status: 400 });
  });

  test("a search that its client breaks off is no error of the server", async () => {
    using api = await CheckedApi.open();
    for (let index = 0; index < 10_000; index++) api.router.enqueueJob({ function: "f" });
    const gone = new AbortController();
    const asked = api.app.ask("/api/v1/jobs?unique=x", { signal: gone.signal });
    gone.abort();
    await asked.catch(() => {});
    assertEquals(api.app.reports, []);
  });
});
