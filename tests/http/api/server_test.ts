import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type {
  ConnectionAnswer,
  Page,
  Problem,
  ServerAnswer,
  ServersAnswer,
  WhyAnswer,
} from "../../../http/api/types.ts";
import { FakeCluster } from "../../support/fake_cluster.ts";
import { CheckedApi } from "./checked_api.ts";

describe("/server", () => {
  test("tells of the server as a whole", async () => {
    const store = {
      name: "sqlite:q.db",
      bytes: 4096,
      commits: 2,
      commitSeconds: 0.5,
      lastCommitSeconds: 0.25,
      jobs: 7,
      errors: 1,
    };
    const warnings = [{ at: 0, level: "warn", text: "Job failed" }] as const;
    using api = await CheckedApi.open({ store, warnings });
    api.peer().canDo("f").send("PRE_SLEEP");
    api.router.enqueueJob({ function: "g" });
    api.clock.advance(5000);
    const server = await api.get<ServerAnswer>("/server");
    assertEquals([server.version, server.commit, server.uptimeSeconds], ["1.2.3", "abc", 5]);
    assertEquals([server.ready, server.notReady, server.draining], [true, null, false]);
    assertEquals([server.connections, server.workers, server.sleeping], [1, 1, 1]);
    assertEquals([server.functions, server.jobs, server.waiting, server.running], [2, 1, 1, 0]);
    assertEquals(server.store, {
      kind: "sqlite:q.db",
      fileBytes: 4096,
      commitSeconds: 0.25,
      errors: 1,
    });
    const at = "1970-01-01T00:00:00.000Z";
    assertEquals(server.warnings, [{ at, level: "warn", text: "Job failed" }]);
    api.router.isLoading = true;
    const loading = await api.get<ServerAnswer>("/server");
    assertEquals([loading.ready, loading.notReady], [false, "Stored jobs are being read"]);
  });
});

describe("/servers", () => {
  test("are none of a server that shares its jobs with none", async () => {
    using api = await CheckedApi.open();
    assertEquals((await api.get<ServerAnswer>("/server")).cluster, null);
    await api.ask("GET", "/servers", { status: 404 });
  });

  test("tell by name what each has, and which one answers", async () => {
    const cluster = new FakeCluster();
    using api = await CheckedApi.open({ cluster });
    const { name, queue, unreachable } = cluster;
    assertEquals((await api.get<ServerAnswer>("/server")).cluster, { name, queue, unreachable });
    const { items } = await api.get<ServersAnswer>("/servers");
    assertEquals(
      items.map(({ name, isThis, claimed, workers, silentSeconds }) => {
        return [name, isThis, claimed, workers, silentSeconds];
      }),
      [["web-1", true, 3, 2, 0.5], ["web-2", false, 0, 4, 1.25]],
    );
  });

  test("say why they are not known while the queue cannot be reached", async () => {
    const cluster = new FakeCluster();
    using api = await CheckedApi.open({ cluster });
    cluster.failure = new Error("postgres://db:5432/jobs: no answer");
    const failed = await api.json<Problem>("GET", "/servers", { status: 503 });
    assertEquals(failed.detail, "postgres://db:5432/jobs: no answer");
    cluster.unreachable = "Its queue cannot be reached";
    const unreachable = await api.json<Problem>("GET", "/servers", { status: 503 });
    assertEquals(unreachable.detail, "Its queue cannot be reached");
    assertEquals(
      (await api.get<ServerAnswer>("/server")).cluster?.unreachable,
      "Its queue cannot be reached",
    );
  });
});

describe("the lists of connections", () => {
  test("tell who works, who submits and who does neither, in the order they came", async () => {
    using api = await CheckedApi.open();
    const worker = api.peer(1).canDo("f");
    api.peer(2).submit("SUBMIT_JOB", "f", "", "");
    api.peer(3);
    api.clock.advance(1000);
    const [handle] = worker.grab()!;
    const list = async (path: string) => (await api.get<Page<ConnectionAnswer>>(path)).items;
    assertEquals((await list("/workers")).map(({ running }) => running), [[handle]]);
    assertEquals((await list("/clients")).map(({ waitingFor }) => waitingFor), [1]);
    const all = await list("/connections");
    assertEquals(all.map(({ role }) => role), ["worker", "client", "none"]);
    assertEquals(all.map(({ address }) => address), [
      "127.0.0.1:1",
      "127.0.0.1:2",
      "127.0.0.1:3",
    ]);
    assertEquals(all[0].runningSince, new Date(api.clock.epoch()).toISOString());
    const { items, next } = await api.get<Page<ConnectionAnswer>>("/connections?limit=2");
    const rest = await list(`/connections?limit=2&cursor=${next}`);
    assertEquals([...items, ...rest].map(({ id }) => id), all.map(({ id }) => id));
  });

  test("are in the order that is asked for, over all pages", async () => {
    using api = await CheckedApi.open();
    const first = api.peer(1).canDo("f").send("SET_CLIENT_ID", "b");
    const second = api.peer(2).canDo("f").canDo("g").send("SET_CLIENT_ID", "c");
    api.peer(3).send("SET_CLIENT_ID", "a").submit("SUBMIT_JOB_BG", "f", "", "");
    api.router.enqueueJob({ function: "f" });
    second.grab();
    api.clock.advance(1000);
    first.grab();
    const ports = async (sort: string) => {
      const all: ConnectionAnswer[] = [];
      for (let cursor = "";;) {
        const path = `/connections?sort=${sort}&limit=1${cursor}`;
        const { items, next } = await api.get<Page<ConnectionAnswer>>(path);
        all.push(...items);
        if (next === null) return all.map(({ address }) => Number(address.split(":")[1]));
        api.clock.advance(10);
        cursor = `&cursor=${next}`;
      }
    };
    assertEquals(await ports("id"), [1, 2, 3]);
    assertEquals(await ports("-connectedSeconds"), [1, 2, 3]);
    assertEquals(await ports("connectedSeconds"), [3, 2, 1]);
    assertEquals(await ports("clientId"), [3, 1, 2]);
    assertEquals(await ports("-functions"), [2, 1, 3]);
    // Who runs nothing comes last either way.
    assertEquals(await ports("runningSince"), [2, 1, 3]);
    assertEquals(await ports("-runningSince"), [1, 2, 3]);
    for (const sort of ["role", "waitingFor", "jobsDone", "lastPacketSeconds"]) {
      assertEquals((await ports(sort)).toSorted(), [1, 2, 3]);
      assertEquals((await ports(`-${sort}`)).toSorted(), [1, 2, 3]);
    }
    await api.get("/connections?sort=constructor", { status: 400 });
  });

  test("have those only that have a text in what is known of them, however many there are", async () => {
    using api = await CheckedApi.open();
    const names = Array.from({ length: 150 }, (_, index) => `common-${index}`);
    for (let port = 1; port <= 120; port++) api.peer(port).canDo("common-0");
    api.peer(121).canDo(...names, "Rare<thing").send("SET_CLIENT_ID", "mail-7");
    const handle = api.peer(122).canDo("g").submit("SUBMIT_JOB", "g", "", "");
    const ports = async (text: string, list = "connections") => {
      const path = `/${list}?filter=${encodeURIComponent(text)}`;
      const { items, next } = await api.get<Page<ConnectionAnswer>>(path);
      assertEquals(next, null);
      return items.map(({ address }) => Number(address.split(":")[1]));
    };
    // Behind a whole page, and a function behind those that are listed.
    assertEquals(await ports("rare<THING"), [121]);
    assertEquals(await ports("mail-7"), [121]);
    assertEquals(await ports("127.0.0.1:119"), [119]);
    const { items: [{ id }] } = await api.get<Page<ConnectionAnswer>>(
      "/connections?filter=127.0.0.1%3A120",
    );
    assertEquals(await ports(`#${id}`), [120]);
    assertEquals(await ports("mail-7", "clients"), []);
    assertEquals(await ports("nobody"), []);
    // A job that it runs is known of it too.
    const worker = api.peer(123).canDo("g");
    assertEquals(await ports(handle), []);
    worker.grab();
    assertEquals(await ports(handle), [123]);
  });
});

describe("why", () => {
  test("is told of functions, of live jobs and of those that ended", async () => {
    using api = await CheckedApi.open();
    const handle = api.peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const codes = async (path: string) =>
      (await api.get<WhyAnswer>(path)).reasons.map(({ code }) => code);
    assertEquals(await codes("/functions/f/why"), ["no_worker"]);
    assertEquals((await codes(`/jobs/${handle}/why`)).includes("no_worker"), true);
    const worker = api.peer().canDo("f");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    assertEquals((await codes(`/jobs/${handle}/why`)).length, 1);
    await api.get("/functions/g/why", { status: 404 });
  });
});
