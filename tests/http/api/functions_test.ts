import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { FunctionAnswer, FunctionDetailAnswer, Page } from "../../../http/api/types.ts";
import { CheckedApi } from "./checked_api.ts";

type Functions = Page<FunctionAnswer>;

describe("/functions", () => {
  test("tells flat numbers of each function, in the order that is asked for", async () => {
    using api = await CheckedApi.open();
    api.peer().canDo("resize");
    for (const name of ["resize", "mail", "mail", "mail"]) {
      api.router.enqueueJob({ function: name });
    }
    api.router.enqueueJob({ function: "mail", at: new Date(api.clock.epoch() + 1000) });
    const { items, next } = await api.get<Functions>("/functions");
    assertEquals(items.map(({ name }) => name), ["mail", "resize"]);
    assertEquals(next, null);
    const [mail] = items;
    assertEquals(
      [mail.jobs, mail.waiting, mail.waitingNormal, mail.scheduled, mail.running, mail.workers],
      [4, 3, 3, 1, 0, 0],
    );
    assertEquals([mail.submittedTotal, mail.endedByMinute?.length], [4, 60]);
    const names = async (query: string) =>
      (await api.get<Functions>(`/functions?${query}`)).items.map(({ name }) => name);
    assertEquals(await names("sort=waiting"), ["resize", "mail"]);
    assertEquals(await names("sort=-waiting"), ["mail", "resize"]);
    assertEquals(await names("sort=-name"), ["resize", "mail"]);
    assertEquals(await names("filter=SIZ"), ["resize"]);
    for (
      const wrong of [
        "sort=paused",
        "sort=--name",
        "limit=0",
        "limit=x",
        "cursor=7",
        "x=1",
        "limit=1&limit=2",
      ]
    ) {
      await api.get(`/functions?${wrong}`, { status: 400 });
    }
  });

  test("come in pages: what comes and goes meanwhile neither hides others nor shows them twice", async () => {
    using api = await CheckedApi.open();
    for (let index = 0; index < 25; index++) {
      for (let job = 0; job <= index % 3; job++) {
        api.router.enqueueJob({ function: `f${String(index).padStart(2, "0")}` });
      }
    }
    for (const sort of ["name", "-name", "waiting", "-waiting", "waitP50"]) {
      const seen: string[] = [];
      let cursor = "";
      for (let page = 0; page < 10; page++) {
        const { items, next } = await api.get<Functions>(
          `/functions?sort=${sort}&limit=7&cursor=${cursor}`,
        );
        seen.push(...items.map(({ name }) => name));
        api.router.enqueueJob({ function: `a${sort}${page}`, priority: "low" });
        if (next === null) break;
        cursor = next;
      }
      const first = seen.filter((name) => name.startsWith("f"));
      assertEquals([first.length, new Set(first).size], [25, 25], sort);
      assertEquals(new Set(seen).size, seen.length);
    }
  });

  test("come in pages when a name of bytes reads like another that is text", async () => {
    using api = await CheckedApi.open();
    api.peer().canDo("\\xff");
    api.peer().canDo("\xff");
    for (const sort of ["name", "-name", "waiting"]) {
      const first = await api.get<Functions>(`/functions?sort=${sort}&limit=1`);
      const second = await api.get<Functions>(
        `/functions?sort=${sort}&limit=1&cursor=${first.next}`,
      );
      const names = [...first.items, ...second.items].map(({ nameBase64 }) => nameBase64);
      assertEquals(names.toSorted(), ["/w==", undefined], sort);
      assertEquals(second.next, null);
    }
  });

  test("one tells its last hour and its workers", async () => {
    using api = await CheckedApi.open();
    const worker = api.peer(40001).canDo("resize");
    worker.send("SET_CLIENT_ID", "w1");
    api.router.enqueueJob({ function: "resize" });
    api.router.enqueueJob({ function: "resize" });
    api.clock.advance(2000);
    const [handle] = worker.grab()!;
    api.clock.advance(500);
    worker.send("WORK_COMPLETE", handle, "");
    const [running] = worker.grab()!;
    api.clock.advance(60_000);
    const resize = await api.get<FunctionDetailAnswer>("/functions/resize");
    assertEquals([resize.completedTotal, resize.running, resize.minutes.length], [1, 1, 60]);
    assertEquals([resize.submittedPerMinute, resize.endedPerMinute], [2, 1]);
    assertEquals(resize.minutes.at(-2)?.completed, 1);
    assertEquals(resize.minutes.at(-2)?.runP50 !== null, true);
    assertEquals(resize.waitP50! > 1 && resize.waitP50! <= 2.5, true);
    const [facts] = resize.workerList;
    assertEquals(
      [facts.clientId, facts.address, facts.role, facts.running, facts.jobsDone],
      ["w1", "127.0.0.1:40001", "worker", [running], 1],
    );
    assertEquals([facts.lastPacketSeconds, facts.connectedSeconds], [60.5, 62.5]);
    await api.get("/functions/nothing", { status: 404 });
  });
});
