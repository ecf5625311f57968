import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import { durableRouter } from "../durability/journal/durable_router.ts";
import { memoryLog } from "../support/memory_log.ts";
import { testRouter } from "../support/router.ts";

const LATER = "4000000000";

describe("purge function", () => {
  test("drops what waits and what is scheduled, and leaves what runs and other functions", () => {
    const { router, peer } = testRouter();
    const client = peer(), worker = peer().canDo("resize"), admin = peer();
    const submit = (func: string) => client.submit("SUBMIT_JOB", func, "", "");
    const [running, waiting, other] = [submit("resize"), submit("resize"), submit("mail")];
    client.submit("SUBMIT_JOB_LOW_BG", "resize", "", "");
    client.submit("SUBMIT_JOB_EPOCH", "resize", "", LATER, "");
    worker.grab();
    assertEquals(admin.text("purge function resize"), "OK 3\n");
    assertEquals(client.packets(), [{ type: "WORK_FAIL", args: [waiting] }]);
    assertEquals([...router.jobs.values()].map(({ handle }) => handle), [running, other]);
    assertEquals(admin.text("purge function resize"), "OK 0\n");
    assertEquals(router.timers.size, 0);
    worker.send("WORK_COMPLETE", running, "done");
    assertEquals(client.types(), ["WORK_COMPLETE"]);
    assertInvariants(router);
  });

  test("drops a job that a worker has lost", () => {
    const { router, peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.vanish();
    assertEquals(client.text("purge function f"), "OK 1\n");
    assertEquals(router.jobs.size, 0);
  });

  test("takes stored jobs out of the store before it says so", async () => {
    const durable = await durableRouter();
    const client = durable.peer(), admin = durable.peer();
    for (const payload of ["a", "b", "c"]) {
      client.submit("SUBMIT_JOB_BG", payload === "b" ? "g" : "f", "", payload);
    }
    client.submit("SUBMIT_JOB_EPOCH", "f", "", LATER, "d");
    client.packets();
    assertEquals(durable.stored(), ["a", "b", "c", "d"]);
    admin.raw("purge function f\n");
    assertEquals(durable.stored(), ["a", "b", "c", "d"]);
    assertEquals(admin.bytes(), "OK 3\n");
    assertEquals(durable.stored(), ["b"]);
    const { router } = await durable.restart();
    assertEquals(router.jobs.size, 1);
  });

  test("drops jobs that are being stored", async () => {
    const durable = await durableRouter();
    const client = durable.peer(), admin = durable.peer();
    client.send("SUBMIT_JOB_BG", "f", "", "a");
    assertEquals(admin.text("purge function f"), "OK 1\n");
    assertEquals([client.types(), durable.stored()], [["JOB_CREATED"], []]);
  });

  test("knows no function that does not exist, and needs a name", () => {
    const client = testRouter().peer();
    assertEquals(client.text("purge function f"), "ERR function not found\r\n");
    for (const words of ["", " function", " f", " function a b"]) {
      assertEquals(
        client.text(`purge${words}`),
        "ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+purge\r\n",
      );
    }
  });

  test("names the function as it is, or with escapes", () => {
    const client = testRouter().peer();
    client.submit("SUBMIT_JOB_BG", "Report Export", "", "");
    assertEquals(client.text("purge function Report%20Export"), "OK 1\n");
  });

  test("leaves a line in the log that says who did it", () => {
    const log = memoryLog("NOTICE");
    const { peer } = testRouter({ log });
    const client = peer(4001);
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    client.text("purge function f");
    assertEquals(log.texts, [
      'NOTICE Jobs cancelled: jobs=1 command="purge function f" client=1@127.0.0.1:4001',
    ]);
  });
});

describe("many jobs", () => {
  const COUNT = 20_000;

  function backlog() {
    const tested = testRouter();
    const client = tested.peer();
    client.raw("\0REQ\0\0\0\x12\0\0\0\x04f\0\0x".repeat(COUNT));
    client.bytes();
    return { ...tested, admin: tested.peer() };
  }

  test("are dropped in turns, and what came behind the command is answered after it", () => {
    const { router, peer, clock, admin } = backlog();
    admin.raw("purge function f\nstatus\n");
    assertEquals(admin.bytes(), "");
    const { size } = router.jobs;
    assert(size > 0 && size < COUNT, `${size}`);
    assertInvariants(router);
    // Others have their turn, and what they submit meanwhile stays.
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const sizes = [router.jobs.size];
    const after = clock.after.bind(clock);
    clock.after = (delay, fire) => {
      sizes.push(router.jobs.size);
      return after(delay, fire);
    };
    clock.advance(0);
    const ended = sizes.slice(1).map((jobs, index) => sizes[index] - jobs);
    assert(ended.length >= 10 && Math.max(...ended) <= 2048, ended.join());
    assertEquals(admin.bytes(), `OK ${COUNT}\nf\t1\t0\t0\n.\n`);
    assertInvariants(router);
  });

  test("are dropped also when whoever ordered it has gone", () => {
    const { router, clock, admin } = backlog();
    admin.raw("purge function f\n");
    admin.vanish();
    while (router.timers.size > 0) clock.advance(0);
    assertEquals(router.jobs.size, 0);
  });

  test("are dropped for a peer that sends no more, which gets its answer before the end", () => {
    const { router, clock, admin } = backlog();
    admin.raw("purge function f\n");
    admin.connection.peerEnded();
    assertEquals([admin.bytes(), admin.isClosed], ["", false]);
    while (router.timers.size > 0) clock.advance(0);
    assertEquals([admin.bytes(), admin.isClosed], [`OK ${COUNT}\n`, true]);
  });
});

describe("cancel", () => {
  test("unique ends the jobs with it, running ones too, of all functions or of one", () => {
    const { router, peer } = testRouter();
    const client = peer(), worker = peer().canDo("a"), admin = peer();
    const submit = (func: string, unique: string) => {
      return client.submit("SUBMIT_JOB", func, unique, "");
    };
    const handles = [submit("a", "u 1"), submit("b", "u 1"), submit("c", "u 1"), submit("a", "v")];
    worker.grab();
    assertEquals(admin.text("cancel unique u%201 b"), "OK 1\n");
    assertEquals(client.packets(), [{ type: "WORK_FAIL", args: [handles[1]] }]);
    assertEquals(admin.text("cancel unique u%201"), "OK 2\n");
    assertEquals(client.packets().map(({ args }) => args[0]), [handles[0], handles[2]]);
    worker.send("WORK_COMPLETE", handles[0], "");
    assertEquals(worker.types(), ["ERROR"]);
    assertEquals(router.jobs.size, 1);
    assertEquals(admin.text("cancel unique u%201"), "ERR UNKNOWN_JOB\r\n");
  });

  test("unique means the literal one first, as everywhere", () => {
    const { peer } = testRouter();
    const client = peer();
    for (const unique of ["u 1", "u%201"]) client.submit("SUBMIT_JOB_BG", "f", unique, "");
    assertEquals(client.text("cancel unique u%201"), "OK 1\n");
    assertEquals(client.text("show unique jobs"), "u 1\n.\n");
    assertEquals(client.text("cancel unique u%201"), "OK 1\n");
  });

  test("function ends all jobs of one, running ones too", () => {
    const { router, peer } = testRouter();
    const client = peer(), worker = peer().canDo("f"), admin = peer();
    for (const func of ["f", "f", "g"]) client.submit("SUBMIT_JOB_BG", func, "", "");
    client.submit("SUBMIT_JOB_EPOCH", "f", "", LATER, "");
    worker.grab();
    assertEquals(admin.text("cancel function f"), "OK 3\n");
    assertEquals(router.jobs.size, 1);
    assertEquals(admin.text("cancel function none"), "ERR function not found\r\n");
  });

  test("anything else is refused as by the C server", () => {
    const client = testRouter().peer();
    for (const words of ["unique", "function"]) {
      assertEquals(
        client.text(`cancel ${words}`),
        "ERR UNKNOWN_COMMAND Unknown+server+command\r\n",
      );
    }
    for (const words of ["unique a b c", "function a b", "x y"]) {
      assertEquals(client.text(`cancel ${words}`), "ERR UNKNOWN_ERROR\r\n");
    }
  });
});
