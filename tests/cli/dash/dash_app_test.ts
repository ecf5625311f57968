import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Client, Server, Worker } from "../../../mod.ts";
import { ScriptedServer } from "../../support/scripted_server.ts";
import { WatchingApp } from "./watching_app.ts";

const TOKEN = "a-secret-of-this-test";

/** What gearmand has, in its words. */
const OF_GEARMAND: Readonly<Record<string, string>> = {
  "version": "OK 1.1.20\n",
  "status": "resize\t3\t1\t1\nlonely\t2\t0\t0\n.\n",
  "prioritystatus": "resize\t1\t1\t0\t1\nlonely\t0\t2\t0\t0\n.\n",
  "workers": "33 127.0.0.1 - :\n34 10.0.0.7 w1 : resize\n.\n",
  "show jobs": "H:a:1\t0\t0\t1\nH:a:2\t2\t0\t0\n.\n",
  "show unique jobs": "\ncat-1\n\n.\n",
};

/** A server that tells this and knows nothing else. */
function scripted(texts: Readonly<Record<string, string>>): Promise<ScriptedServer> {
  return ScriptedServer.start((line) =>
    texts[line] ?? "ERR UNKNOWN_COMMAND Unknown+server+command\n"
  );
}

function placeOf({ port }: ScriptedServer): string {
  return `127.0.0.1:${port}`;
}

describe("of geartrain it tells", () => {
  test("functions with what has come and ended, jobs, connections, and why", async () => {
    await using server = new Server();
    await using _worker = new Worker({
      servers: [server],
      functions: { resize: (job) => job.text(), "mail me": () => Promise.reject(new Error("no")) },
    });
    await using client = new Client({ servers: [server] });
    await client.submit("resize", "x").text();
    await client.submit("mail me", "x").text().catch(() => {});
    const handle = await client.submit("lonely", "12345", {
      background: true,
      unique: "cat-1",
      priority: "high",
    });
    await using app = new WatchingApp(server);

    const viewer = await app.viewer();
    const [name, { functions, totals, server: told }] = await viewer.next();
    await viewer.leave();
    assertEquals([name, functions[0].name], ["snapshot", "lonely"]);
    assertEquals(totals, {
      ...{ functions: 3, functionsWithoutWorkers: 1, waiting: 1, running: 0 },
      ...{ submittedTotal: 3, endedTotal: 2, failedTotal: 1 },
    });
    assertEquals([told.workers, told.jobs, told.readOnly, told.payloads], [1, 1, true, false]);
    assertEquals(told.watched, {
      address: "jobs1:4730",
      isGeartrain: true,
      untold: null,
      jobFilters: ["function", "state", "handle", "unique", "client"],
      hasUniques: false,
    });

    const mail = await app.json("/functions/mail%20me");
    assertEquals([mail.submittedTotal, mail.workers, mail.workerList.length], [1, 1, 1]);
    assertEquals(mail.workerList[0].functions.toSorted(), ["mail me", "resize"]);
    assertEquals(mail.exceptionTotal + mail.failedTotal, 1);
    const names = async (query: string) =>
      (await app.json(`/functions?${query}`)).items.map((func: { name: string }) => func.name);
    assertEquals(await names("sort=-name"), ["resize", "mail me", "lonely"]);
    assertEquals(await names("filter=LONE"), ["lonely"]);
    const first = await app.json("/functions?limit=2");
    assertEquals(await names(`cursor=${first.next}`), ["resize"]);

    const whole = await app.json("/jobs");
    assertEquals([whole.items.length, whole.isCut, whole.next], [1, false, null]);
    const job = await app.json(`/jobs/${handle}`);
    assertEquals(job.handle, whole.items[0].handle);
    assertEquals(Date.parse(job.submitted), app.clock.epoch() - job.ageSeconds * 1000);
    assertEquals(
      [job.function, job.unique, job.state, job.priority, job.background, job.payloadBytes],
      ["lonely", "cat-1", "waiting", "high", true, 5],
    );
    assertEquals([job.numerator, job.due, job.worker, job.runs], [null, null, null, undefined]);
    for (const query of ["function=lonely", "unique=cat-1", "state=waiting", `handle=${handle}`]) {
      assertEquals((await app.json(`/jobs?${query}`)).items.length, 1, query);
    }
    for (const query of ["function=resize", `handle=${handle}&state=running`, "handle=H:none:1"]) {
      assertEquals((await app.json(`/jobs?${query}`)).items, [], query);
    }
    assertEquals((await app.json("/functions/lonely/why")).reasons[0].code, "no_worker");
    assertStringIncludes((await app.json(`/jobs/${handle}/why`)).reasons[0].text, "lonely");
    const workers = (await app.json("/workers?filter=mail")).items;
    assertEquals([workers.length, workers[0].role, workers[0].runningJobs], [1, "worker", 0]);
    assertEquals((await app.json(`/connections?id=${workers[0].id}`)).items, workers);
    assertEquals(app.reports, []);
  });

  test("nothing of a function, job or page that there is not", async () => {
    await using server = new Server();
    await using app = new WatchingApp(server);
    assertEquals((await app.problem("/functions/none"))[0], 404);
    for (const handle of ["H:none:1", "a%20b", "a%0Ab"]) {
      assertEquals((await app.problem(`/jobs/${handle}`))[0], 404, handle);
    }
    assertEquals((await app.problem("/functions?sort=age"))[0], 400);
    assertEquals((await app.problem("/jobs?colour=red"))[0], 400);
    assertEquals((await app.problem("/jobs?minAge=3"))[0], 501);
    assertEquals(
      await app.problem("/ended"),
      [501, "The server's text commands do not tell this, nor do it"],
    );
  });
});

describe("of gearmand it tells", () => {
  test("what waits and runs by priority, workers, handles and uniques", async () => {
    using server = await scripted(OF_GEARMAND);
    await using app = new WatchingApp(placeOf(server));
    const told = await app.json("/server");
    assertEquals(told, {
      ...{ version: "1.1.20", connections: 2, workers: 1, functions: 2 },
      ...{ jobs: 5, waiting: 4, running: 1, readOnly: true, payloads: false },
      watched: {
        address: "jobs1:4730",
        isGeartrain: false,
        untold: "scheduled jobs apart from waiting ones, nor how jobs ended",
        jobFilters: ["handle"],
        hasUniques: true,
      },
    });
    const { workerList, ...resize } = await app.json("/functions/resize");
    assertEquals(resize, {
      ...{ name: "resize", jobs: 3, waiting: 2, running: 1, workers: 1 },
      ...{ waitingHigh: 1, waitingNormal: 1, waitingLow: 0 },
    });
    assertEquals(workerList, [
      { id: 34, clientId: "w1", address: "10.0.0.7", role: "worker", functions: ["resize"] },
    ]);
    assertEquals((await app.json("/jobs")).items, [
      { handle: "H:a:1", background: true, losses: 0 },
      { handle: "H:a:2", background: false, losses: 2 },
    ]);
    assertEquals((await app.json("/jobs?limit=1")).isCut, true);
    assertEquals((await app.json("/jobs/H:a:2")).losses, 2);
    assertEquals((await app.problem("/jobs/H:a:3"))[0], 404);
    assertEquals((await app.json("/uniques")).items, [{ unique: "cat-1" }]);
    assertEquals((await app.json("/workers")).items.length, 1);
    assertEquals((await app.json("/connections")).items.length, 2);
  });

  test("in a sentence what it does not tell", async () => {
    using server = await scripted(OF_GEARMAND);
    await using app = new WatchingApp(placeOf(server));
    const sentences = {
      "/jobs?function=resize": "This server does not tell the function of a job.",
      "/functions/resize/why": "This server does not tell why: geartrain alone does.",
      "/clients": "This server does not tell who is a client.",
    };
    for (const [path, sentence] of Object.entries(sentences)) {
      assertEquals(await app.problem(path), [501, sentence]);
    }
  });
});

describe("of Perl's server it tells", () => {
  test("jobs with their functions, and it is never asked for what it does not know", async () => {
    const known: Record<string, string> = {
      "version": "v1.130.1\n",
      "status": "resize\t2\t1\t1\n.\n",
      "workers": "6 127.0.0.1 - : resize\n.\n",
      "jobs": "resize\tcat-1\t127.0.0.1:5000\t1\nresize\tcat-2\t-\t0\n.\n",
    };
    using server = await scripted(known);
    await using app = new WatchingApp(placeOf(server));
    assertEquals((await app.json("/server")).watched.jobFilters, ["function", "state", "unique"]);
    const [resize] = (await app.json("/functions")).items;
    assertEquals([resize.waiting, resize.waitingNormal], [1, undefined]);
    assertEquals((await app.json("/jobs?function=resize&state=running")).items, [{
      ...{ function: "resize", unique: "cat-1", state: "running", clients: 1 },
      worker: { clientId: "", address: "127.0.0.1:5000" },
    }]);
    const unknown = server.lines.filter((line) => known[line.trim()] === undefined);
    assertEquals(unknown, []);
  });
});

describe("to a watched server nothing is done", () => {
  test("whoever asks, and only those with a token see it where there are tokens", async () => {
    using server = await scripted(OF_GEARMAND);
    await using open = new WatchingApp(placeOf(server));
    const own = { headers: { "sec-fetch-site": "same-origin" }, method: "POST" };
    assertEquals(
      await open.problem("/jobs", own),
      [403, "This server, or the token, is read-only"],
    );
    assertEquals((await open.problem("/server", { headers: { host: "evil.example" } }))[0], 421);
    await using guarded = new WatchingApp(placeOf(server), [{ token: TOKEN }]);
    assertEquals((await guarded.problem("/server"))[0], 401);
    const headers = { authorization: `Bearer ${TOKEN}` };
    assert((await guarded.ask("/server", { headers })).ok);
    assertEquals((await guarded.problem("/jobs", { method: "POST", headers }))[0], 403);
  });
});
