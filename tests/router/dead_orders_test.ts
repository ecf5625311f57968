import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { whyJob } from "../../router/why.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { testRouter } from "../support/router.ts";

const DAY = 24 * 3600 * 1000;

/** Some background jobs of `f` that were buried, the oldest first, and who can order more. */
function withDead(...payloads: string[]) {
  const made = testRouter();
  const { router, clock, peer } = made;
  const [client, admin] = [peer(), peer()];
  const submit = (payload: string, unique = "") =>
    client.submit("SUBMIT_JOB_BG", "f", unique, payload);
  const handles = payloads.map((payload) => {
    const handle = submit(payload);
    assertEquals(admin.text(`bury ${handle}`), "OK\r\n");
    clock.advance(1);
    return handle;
  });
  return {
    ...made,
    client,
    admin,
    submit,
    handles,
    dead: () => [...router.dead.all()].map(({ job }) => job.handle),
  };
}

describe("bury HANDLE", () => {
  test("takes a waiting job out of its queue, and says who did it", () => {
    const { router, admin, handles: [handle], dead, peer } = withDead("payload");
    assertEquals([dead(), router.jobs.size, peer().canDo("f").grab()], [[handle], 0, null]);
    const [{ code, text }, run] = whyJob(router, handle);
    assertEquals([code, text.includes("it was buried by")], ["dead", true]);
    assertEquals([run.code, run.numbers.cause], ["failed_run", "buried"]);
    assertEquals(admin.text(`bury ${handle}`), "ERR UNKNOWN_JOB\r\n");
    assertInvariants(router);
  });

  test("takes a scheduled job and one that runs, whose result comes too late", () => {
    const { router, client, admin, peer, dead, clock } = withDead();
    const due = Math.floor(clock.epoch() / 1000) + 100;
    const later = client.submit("SUBMIT_JOB_EPOCH", "f", "", `${due}`, "");
    assertEquals(admin.text(`bury ${later}`), "OK\r\n");
    const worker = peer().canDo("f");
    const runs = client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(worker.grab()?.[0], runs);
    assertEquals(admin.text(`bury ${runs}`), "OK\r\n");
    worker.send("WORK_COMPLETE", runs, "result");
    assertEquals(worker.packets().map(({ type, args }) => [type, args[0]]), [
      ["ERROR", "JOB_NOT_FOUND"],
    ]);
    clock.advance(200_000);
    assertEquals([dead(), worker.grab()], [[later, runs], null]);
    assertInvariants(router);
  });

  test("tells who waits for the job that it failed", () => {
    const { router, submit, admin, peer } = withDead();
    const handle = submit("payload", "u");
    const listener = peer();
    listener.submit("SUBMIT_JOB", "f", "u", "payload");
    admin.text(`bury ${handle}`);
    assertEquals(listener.types(), ["WORK_FAIL"]);
    assertInvariants(router);
  });

  test("is refused for a foreground job, a handle that is none, and without one", () => {
    const { admin, client } = withDead();
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    const refused = "ERR FOREGROUND_JOB only+a+background+job+can+be+buried\r\n";
    assertEquals(admin.text(`bury ${handle}`), refused);
    assertEquals(admin.text("bury H:none:1"), "ERR UNKNOWN_JOB\r\n");
    const wrong = "ERR INVALID_ARGUMENTS bury+takes+one+handle\r\n";
    assertEquals([admin.text("bury"), admin.text(`bury ${handle} x`)], [wrong, wrong]);
  });
});

describe("kick", () => {
  test("brings all dead jobs of a function back to the end of its queue, in their order", () => {
    const { router, admin, handles, submit, peer, dead } = withDead("a", "b");
    const other = submit("c");
    assertEquals(admin.text("kick f"), "OK 2\n");
    const worker = peer().canDo("f");
    const taken = [worker.grab(), worker.grab(), worker.grab()].map((job) => [job?.[0], job?.[2]]);
    assertEquals(taken, [[other, "c"], [handles[0], "a"], [handles[1], "b"]]);
    assertEquals([dead(), admin.text("kick f")], [[], "OK 0\n"]);
    worker.send("WORK_COMPLETE", handles[0], "");
    assertInvariants(router);
  });

  test("brings back as many as it is told, those that died first", () => {
    const { admin, handles, dead, router } = withDead("a", "b", "c");
    assertEquals(admin.text("kick f 2"), "OK 2\n");
    assertEquals(dead(), handles.slice(2));
    assertInvariants(router);
  });

  test("wakes a worker", () => {
    const { admin, peer } = withDead("a");
    const worker = peer().canDo("f").send("PRE_SLEEP");
    admin.text("kick f");
    assertEquals(worker.types(), ["NOOP"]);
  });

  test("brings one back by its handle", () => {
    const { admin, handles, dead, router } = withDead("a", "b");
    assertEquals(admin.text(`kick job ${handles[1]}`), "OK\r\n");
    assertEquals([dead(), router.jobByHandle(handles[1])?.state], [[handles[0]], 1]);
    assertEquals(admin.text(`kick job ${handles[1]}`), "ERR UNKNOWN_JOB\r\n");
    assertEquals(admin.text("kick job x"), "ERR UNKNOWN_JOB\r\n");
  });

  test("gives a job its unique back, also if that is its payload", () => {
    const { router, admin, client, submit } = withDead();
    for (const unique of ["u", "-"]) {
      const handle = submit("same", unique);
      admin.text(`bury ${handle}`);
      assertEquals(admin.text("kick f"), "OK 1\n");
      assertEquals(client.submit("SUBMIT_JOB_BG", "f", unique, "same"), handle);
      assertInvariants(router);
    }
  });

  test("leaves a job dead whose unique a live one has", () => {
    const { router, admin, submit, dead } = withDead();
    const handle = submit("first", "u");
    admin.text(`bury ${handle}`);
    const other = submit("second", "u");
    const refused = "ERR UNIQUE_IN_USE a+live+job+has+its+unique\r\n";
    assertEquals([admin.text(`kick job ${handle}`), admin.text("kick f")], [refused, "OK 0\n"]);
    assertEquals([dead(), router.jobs.size], [[handle], 1]);
    admin.text(`cancel job ${other}`);
    assertEquals(admin.text("kick f"), "OK 1\n");
    assertInvariants(router);
  });

  test("of very many is done in turns", () => {
    const { router, admin, client, clock } = withDead();
    for (let number = 0; number < 2500; number++) client.send("SUBMIT_JOB_BG", "f", "", "");
    client.packets();
    const jobs = [...router.jobs.values()];
    for (const job of jobs) assertEquals(router.deadOrders.bury(job, null), null);
    admin.raw("kick f\n");
    assertEquals(router.dead.size, 2500 - 1024);
    clock.advance(1);
    clock.advance(1);
    assertEquals([admin.bytes(), router.jobs.size], ["OK 2500\n", 2500]);
    assertInvariants(router);
  });

  test("is refused for a function that there is not, and for words that it does not know", () => {
    const { admin } = withDead("a");
    assertEquals(admin.text("kick g"), "ERR function not found\r\n");
    const wrong =
      "ERR INVALID_ARGUMENTS kick+takes+a+function+and+perhaps+a+number,+or+job+and+a+handle\r\n";
    for (const line of ["kick", "kick f x", "kick f 1 2"]) assertEquals(admin.text(line), wrong);
  });
});

describe("drop dead", () => {
  test("ends the dead jobs of a function, or one of them", () => {
    const { router, admin, handles, dead } = withDead("a", "b", "c");
    assertEquals(admin.text(`drop dead job ${handles[1]}`), "OK\r\n");
    assertEquals(admin.text(`drop dead job ${handles[1]}`), "ERR UNKNOWN_JOB\r\n");
    assertEquals([dead(), admin.text("drop dead f")], [[handles[0], handles[2]], "OK 2\n"]);
    assertEquals([dead(), admin.text("kick f")], [[], "OK 0\n"]);
    assertInvariants(router);
  });

  test("ends those that have been dead for longer", () => {
    const { admin, clock, submit, dead } = withDead("a");
    clock.advance(2 * DAY);
    const later = submit("b");
    admin.text(`bury ${later}`);
    assertEquals([admin.text("drop dead f older 1d"), dead()], ["OK 1\n", [later]]);
    clock.advance(1000);
    assertEquals([admin.text("drop dead f older 1s"), dead()], ["OK 0\n", [later]]);
    clock.advance(1);
    assertEquals([admin.text("drop dead f older 1s"), dead()], ["OK 1\n", []]);
  });

  test("is refused for words that it does not know", () => {
    const { admin } = withDead("a");
    const wrong =
      "ERR INVALID_ARGUMENTS drop+dead+takes+a+function+and+perhaps+older+and+a+time+such+as+7d\r\n";
    for (const rest of ["", " f older", " f younger 1d", " f older x"]) {
      assertEquals(admin.text(`drop dead${rest}`), wrong);
    }
    assertEquals(admin.text("drop dead g"), "ERR function not found\r\n");
  });
});

describe("dead jobs", () => {
  test("are listed with how they died", () => {
    const { admin, handles: [a, b], clock, submit } = withDead("a", "payload");
    admin.text(`bury ${submit("other")}`);
    admin.text("create function g");
    const [died] = [clock.epoch()];
    const rows = admin.text("show dead f").split("\n");
    assertEquals(rows.map((row) => row.split("\t").slice(0, 8)), [
      [a, "f", "", `${died - 2}`, "0", "0", "1", "buried"],
      [b, "f", "", `${died - 1}`, "0", "0", "7", "buried"],
      [rows[2].split("\t")[0], "f", "", `${died}`, "0", "0", "5", "buried"],
      ["."],
      [""],
    ]);
    assertEquals(admin.text("show dead").split("\n"), rows);
    assertEquals(admin.text("show dead g"), ".\n");
    const [head, row] = admin.text("list dead function=f limit=1").split("\n");
    const columns = "handle function unique died losses failures bytes cause worker text";
    assertEquals([head.split("\t").join(" "), row], [columns, rows[0]]);
  });

  test("are counted for their function, which cannot be dropped while it has some", () => {
    const { router, admin } = withDead("a", "b");
    assertEquals(admin.text("drop function f"), "ERR there are still dead jobs\r\n");
    const [head, row] = admin.text("list functions").split("\n").map((line) => line.split("\t"));
    assertEquals([row[head.indexOf("dead")], row[head.indexOf("buried")]], ["2", "2"]);
    admin.text("drop dead f");
    assertEquals(admin.text("drop function f"), "OK\r\n");
    assertInvariants(router);
  });
});
