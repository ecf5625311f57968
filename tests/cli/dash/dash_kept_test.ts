import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Admin, Client, Server, Worker } from "../../../mod.ts";
import { ScriptedServer } from "../../support/scripted_server.ts";
import { WatchingApp } from "./watching_app.ts";

describe("geartrain dash tells of geartrain", () => {
  test("the dead jobs, of all functions or of one, each with its last run", async () => {
    await using server = new Server({ policies: { "mail*": { dead: true } } });
    await using _worker = new Worker({
      servers: [server],
      functions: { "mail me": () => Promise.reject(new Error("no paper")) },
    });
    await using client = new Client({ servers: [server] });
    const handle = await client.submit("mail me", "12345", { background: true, unique: "u" });
    await using admin = new Admin(server);
    while ((await admin.dead()).length === 0) await admin.version();
    await using app = new WatchingApp(server);
    const { items: [job], next, isCut } = await app.json("/dead");
    const { died, runs: [run], ...others } = job;
    assertEquals(others, {
      ...{ handle, function: "mail me", unique: "u", failures: 1, losses: 0, payloadBytes: 5 },
    });
    assertEquals([next, isCut, run.cause, run.ended], [null, false, "exception", died]);
    assert(run.text.includes("no paper"), run.text);
    assertEquals((await app.json("/dead?function=mail%20me")).items, [job]);
    assertEquals((await app.json("/dead?limit=1")).isCut, false);
    assertEquals((await app.problem("/dead?colour=red"))[0], 400);
  });

  test("the schedules, each with its last run", async () => {
    await using server = new Server({
      schedules: [
        { name: "nightly", cron: "30 2 * * *", timezone: "Europe/Berlin", function: "report" },
        { name: "poll", every: 90, function: "poll" },
      ],
    });
    await using admin = new Admin(server);
    const job = await admin.runSchedule("poll");
    await admin.pauseSchedule("nightly");
    await using app = new WatchingApp(server);
    const { items: [nightly, poll] } = await app.json("/schedules");
    const origin = "configuration";
    assertEquals(nightly, {
      ...{ name: "nightly", function: "report", timezone: "Europe/Berlin", paused: true, origin },
      ...{ cron: "30 2 * * *", everySeconds: null, next: null, runs: [] },
    });
    const { time, ...run } = poll.runs[0];
    assertEquals([poll.everySeconds, poll.cron, run], [90, null, { handle: job, outcome: null }]);
    assert(Date.parse(time) < Date.parse(poll.next));
  });
});

test("geartrain dash tells of no dead jobs and schedules where the server has none", async () => {
  using server = await ScriptedServer.start((line) =>
    line === "version" ? "OK 1.1.20\n" : "ERR UNKNOWN_COMMAND Unknown+server+command\n"
  );
  await using app = new WatchingApp(`127.0.0.1:${server.port}`);
  for (const path of ["/dead", "/schedules"]) assertEquals((await app.problem(path))[0], 501, path);
});
