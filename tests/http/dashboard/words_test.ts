import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type {
  FunctionAnswer,
  Page,
  ServerAnswer,
  SnapshotAnswer,
} from "../../../http/api/types.ts";
import { filterOf } from "../../../http/dashboard/app/filter.ts";
import { Past } from "../../../http/dashboard/app/rates.ts";
import { hrefOf, routeOf } from "../../../http/dashboard/app/route.ts";
import { stepsOf, stretchesOf } from "../../../http/dashboard/app/timeline.ts";
import { troublesOf } from "../../../http/dashboard/app/trouble.ts";
import { CheckedApi } from "../api/checked_api.ts";
import { ago, fakeFunction, fakeJob, fakeWorker, peerOf, SERVER, START } from "./fake_data.ts";

function snapshotOf(
  functions: FunctionAnswer[],
  server: Partial<ServerAnswer> = {},
  at: number = START,
): SnapshotAnswer {
  const sum = (pick: (func: FunctionAnswer) => number) =>
    functions.reduce((all, func) => all + pick(func), 0);
  return {
    at: new Date(at).toISOString(),
    server: { ...SERVER, ...server },
    functions,
    totals: {
      functions: functions.length,
      functionsWithoutWorkers: 0,
      waiting: 0,
      running: 0,
      submittedTotal: sum(({ submittedTotal }) => submittedTotal),
      endedTotal: sum(({ completedTotal, failedTotal }) => completedTotal + failedTotal),
      failedTotal: sum(({ failedTotal }) => failedTotal),
    },
  };
}

function textsOf(functions: FunctionAnswer[], server: Partial<ServerAnswer> = {}): string[] {
  return troublesOf(snapshotOf(functions, server), new Past()).map(({ text }) => text);
}

describe("what is wrong with a server", () => {
  test("is nothing while it works, loaded or not", () => {
    assertEquals(textsOf([]), []);
    const busy = { waiting: 90_000, running: 2, oldestWaitingSeconds: 120 };
    assertEquals(textsOf([fakeFunction("f", busy), fakeFunction("g", { failedTotal: 9 })]), []);
    assertEquals(
      textsOf([fakeFunction("f", { waiting: 1, workers: 0, oldestWaitingSeconds: 2 })]),
      [],
    );
  });

  test("is that nobody can do a job, or not for long", () => {
    const alone = { waiting: 1, workers: 0, oldestWaitingSeconds: 67 };
    assertEquals(textsOf([fakeFunction("f", alone)]), [
      "1 job waits, no worker can do it, since " +
      new Date(START - 67_000).toTimeString().slice(0, 5) + ".",
    ]);
    const late = { waiting: 7, oldestWaitingSeconds: 420 };
    assertEquals(textsOf([fakeFunction("f", { ...late, running: 2 })]), [
      "7 jobs wait, the oldest for 7 min; all 2 workers run jobs.",
    ]);
    assertEquals(textsOf([fakeFunction("f", { ...late, running: 1 })]), [
      "7 jobs wait, the oldest for 7 min; 1 of 2 workers runs no job of it.",
    ]);
    assertEquals(textsOf([fakeFunction("f", { waiting: 3, paused: true, workers: 0 })]), [
      "it is paused; 3 jobs wait.",
    ]);
  });

  test("is that a function takes no more jobs, exactly when the server takes none", async () => {
    using api = await CheckedApi.open();
    const client = api.peer();
    const refusals = async () => {
      const { items } = await api.get<Page<FunctionAnswer>>("/functions");
      return troublesOf(snapshotOf([...items]), new Past()).filter(({ code }) => code === "full")
        .map(({ text }) => text);
    };
    client.text("maxqueue f 3 2 2");
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(await refusals(), []);
    // What runs and what is of another priority counts too.
    api.peer().canDo("f").grab();
    client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "");
    assertEquals(client.send("SUBMIT_JOB_LOW_BG", "f", "", "").types(), ["ERROR"]);
    assertEquals(await refusals(), [
      "it has 2 jobs: further ones of normal and low priority are refused.",
    ]);
    client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "");
    assertEquals(client.send("SUBMIT_JOB_HIGH_BG", "f", "", "").types(), ["ERROR"]);
    assertEquals(await refusals(), ["it has 3 jobs: further ones are refused."]);
  });

  test("is that the server is not as it should be", () => {
    assertEquals(textsOf([], { ready: false, notReady: "the store loads" }), [
      "The server is not ready: the store loads.",
    ]);
    assertEquals(textsOf([], { draining: true, ready: false, running: 1 }), [
      "The server drains: it refuses new jobs; 1 job still runs.",
    ]);
    assertEquals(textsOf([], { eventLoopDelaySeconds: 0.4 }), [
      "The server is 400 ms late with everything: its event loop is overloaded.",
    ]);
    const logged = (seconds: number) => ({
      at: ago(seconds),
      level: "error" as const,
      text: "disk",
    });
    assertEquals(textsOf([], { warnings: [logged(601)] }), []);
    assertEquals(textsOf([], { warnings: [logged(1)] }).length, 1);
  });

  test("is that most jobs of the last minute failed", () => {
    const past = new Past();
    const at = (second: number, failedTotal: number, completedTotal: number) => {
      const submittedTotal = failedTotal + completedTotal;
      const func = fakeFunction("f", { failedTotal, completedTotal, submittedTotal });
      const snapshot = snapshotOf([func], {}, START + second * 1000);
      past.add(snapshot);
      return troublesOf(snapshot, past).map(({ text }) => text);
    };
    assertEquals(at(0, 1_000, 1_000), []);
    assertEquals(at(1, 1_004, 1_000), []);
    assertEquals(at(2, 1_006, 1_002), ["6 of the 8 jobs that ended in the last minute failed."]);
    assertEquals(past.ratesOf("f"), { submitted: 4, ended: 4, failed: 3, change: 0 });
    assertEquals(at(70, 1_006, 1_002), []);
    // The server has started anew.
    assertEquals(at(71, 0, 3), []);
    assertEquals([past.rates(), past.ratesOf("f"), past.seconds], [null, null, []]);
  });
});

describe("a place of the dashboard", () => {
  test("is its URL, with names as they are encoded", () => {
    const place = hrefOf("dead", null, { function: "a%2Fb%ff", cursor: "" });
    assertEquals(place, "#/dead?function=a%2Fb%ff");
    const { page, key, query } = routeOf(place);
    assertEquals([page, key, query.function, query.cursor], ["dead", null, "a%2Fb%ff", undefined]);
    assertEquals(routeOf("#/undead").page, "functions");
  });
});

describe("the timeline of a job", () => {
  const [one, two] = [peerOf(fakeWorker(1, "one", ["f"])), peerOf(fakeWorker(2, "two", ["f"]))];

  test("is its time in queues and on workers, without a gap", () => {
    const job = fakeJob(1, "f", {
      state: "running",
      submitted: ago(30),
      runs: [
        { worker: one, started: ago(25), ended: ago(15), cause: "lost" },
        { worker: two, started: ago(5), ended: null, cause: "running" },
      ],
    });
    const stretches = stretchesOf(job, START);
    assertEquals(
      stretches.map(({ kind, from, to }) => `${kind} ${(to - from) / 1000}`),
      ["waiting 5", "failed 10", "waiting 10", "running 5"],
    );
    assertEquals(stretches.map(({ worker }) => worker?.clientId), [
      undefined,
      "one",
      undefined,
      "two",
    ]);
    assertEquals(stepsOf(job).map(({ text }) => text), [
      "submitted with normal priority by",
      "run began on",
      "was lost: its connection ended",
      "run began on",
    ]);
  });

  test("has what is ahead, and knows of what it was not told", () => {
    const due = fakeJob(1, "f", { state: "scheduled", submitted: ago(3), due: ago(-9) });
    assertEquals(stretchesOf(due, START).map(({ kind }) => kind), ["scheduled"]);
    assertEquals(stepsOf(due).map(({ kind }) => kind), ["plain", "ahead"]);
    const stored = fakeJob(1, "f", { submitted: null, submitter: null });
    assertEquals([stretchesOf(stored, START), stepsOf(stored)], [[], []]);
  });
});

test("a filter of the URL becomes that of a request, with bytes that are no UTF-8", () => {
  assertEquals(filterOf({ function: "a%2Fb", minAge: "60", unique: undefined }), {
    function: "a/b",
    minAge: 60,
  });
  assertEquals(filterOf({ function: "a%FFb" }), { functionBase64: btoa("a\xffb") });
});
