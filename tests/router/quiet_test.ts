import { describe, test } from "node:test";
import { assertEquals, assertMatch } from "@std/assert";
import { encodeName } from "../../protocol/mod.ts";
import { whyFunction } from "../../router/why.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { memoryLog } from "../support/memory_log.ts";
import { testRouter } from "../support/router.ts";

describe("quiet", () => {
  test("gives a worker no more jobs and no NOOP, until unquiet", () => {
    const { router, peer } = testRouter();
    const worker = peer().canDo("f").send("PRE_SLEEP"), client = peer();
    assertEquals(client.text("quiet worker 1"), "OK 1\n");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(worker.types(), []);
    assertInvariants(router);
    assertEquals(worker.grab(), null);
    worker.send("PRE_SLEEP");
    assertEquals(worker.types(), []);
    worker.canDo("g");
    client.submit("SUBMIT_JOB_BG", "g", "", "");
    assertEquals(worker.types(), []);
    assertInvariants(router);
    assertEquals(client.text("unquiet worker 1"), "OK 1\n");
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(worker.grab()![0], handle);
    assertInvariants(router);
  });

  test("lets a job that it runs end, and its result count", () => {
    const { peer } = testRouter();
    const worker = peer().canDo("f"), client = peer();
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    client.text("quiet worker 1");
    worker.send("WORK_COMPLETE", handle, "done");
    assertEquals(client.types(), ["WORK_COMPLETE"]);
    client.submit("SUBMIT_JOB", "f", "", "");
    assertEquals(worker.grab(), null);
  });

  test("wakes another worker in the place of one that was woken and gets nothing", () => {
    const { router, peer } = testRouter({ wakeup: 1, wakeupDelay: -1 });
    const workers = [peer().canDo("f").send("PRE_SLEEP"), peer().canDo("f").send("PRE_SLEEP")];
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    const woken = workers.findIndex((worker) => worker.types().includes("NOOP"));
    client.text(`quiet worker ${woken + 1}`);
    assertEquals(workers[1 - woken].types(), ["NOOP"]);
    assertEquals(workers[woken].grab(), null);
    assertEquals(workers[1 - woken].grab()![1], "f");
    assertInvariants(router);
  });

  test("sleeps on when it is unquieted and there is nothing to do, and is woken later", () => {
    const { router, peer } = testRouter();
    const worker = peer().canDo("f").send("PRE_SLEEP"), client = peer();
    client.text("quiet worker 1");
    client.text("unquiet worker 1");
    assertEquals(worker.types(), []);
    assertInvariants(router);
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(worker.types(), ["NOOP"]);
  });

  test("means all workers with a client id or address, and no clients", () => {
    const { peer } = testRouter();
    const client = peer(9);
    for (const id of ["app-1", "app-1", "app-2"]) peer(9).canDo("f").send("SET_CLIENT_ID", id);
    client.send("SET_CLIENT_ID", "app-1");
    assertEquals(client.text("quiet worker app-1"), "OK 2\n");
    assertEquals(client.text("quiet worker 127.0.0.1:9"), "OK 3\n");
    assertEquals(client.text("quiet worker 1"), "ERR UNKNOWN_WORKER\r\n");
    assertEquals(client.text("unquiet worker 17"), "ERR UNKNOWN_WORKER\r\n");
    assertMatch(client.text("quiet all"), /^ERR INVALID_ARGUMENTS /);
    const [head, ...rows] = client.text("list connections").trim().split("\n");
    const column = head.split("\t").indexOf("quiet");
    assertEquals(rows.slice(0, 4).map((row) => row.split("\t")[column]), ["0", "1", "1", "1"]);
  });

  test("holds for a worker with very many abilities, and for one that resets them", () => {
    const { router, peer } = testRouter();
    const names = Array.from({ length: 100 }, (_, index) => `f${index}`);
    const worker = peer().canDo(...names).send("PRE_SLEEP"), client = peer();
    client.text("quiet worker 1");
    worker.send("RESET_ABILITIES").canDo("f1").send("PRE_SLEEP");
    client.submit("SUBMIT_JOB_BG", "f1", "", "");
    assertEquals(worker.types(), []);
    assertEquals(worker.grab(), null);
    assertInvariants(router);
  });

  test("is why the jobs of a function wait, and is logged", () => {
    const log = memoryLog("NOTICE");
    const { router, peer } = testRouter({ log });
    peer(7).canDo("f");
    const client = peer(8);
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    client.text("quiet worker 1");
    client.text("quiet worker 1");
    assertEquals(whyFunction(router, encodeName("f")), [{
      code: "workers_quiet",
      text: "1 worker that can do it is quiet, and gets no more jobs until somebody orders " +
        "otherwise: connection 1 at 127.0.0.1:7.",
      numbers: { workers: 1, connection: 1, clientId: "-", address: "127.0.0.1:7" },
    }]);
    client.text("unquiet worker 1");
    assertEquals(log.texts, [
      "NOTICE Worker gets no more jobs: worker=1@127.0.0.1:7 client=2@127.0.0.1:8",
      "NOTICE Worker gets jobs again: worker=1@127.0.0.1:7 client=2@127.0.0.1:8",
    ]);
  });
});
