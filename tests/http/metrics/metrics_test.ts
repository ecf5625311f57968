import { setImmediate } from "node:timers";
import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { safeName } from "../../../http/metrics/labels.ts";
import type { RouterOptions } from "../../../router/mod.ts";
import { binary, type FakePeer } from "../../support/fake_peer.ts";
import { TestApp, type TestAppOptions } from "../../support/http_app.ts";
import { program, run, testWith } from "../../support/programs.ts";
import { testRouter } from "../../support/router.ts";
import { OPENMETRICS, scrape, scrapeText, starting } from "./scrape.ts";

const PROMTOOL = program("promtool", "prometheus");

/** A router that remembers, and what is asked of it by HTTP. */
function observed(options: TestAppOptions = {}, routerOptions: Partial<RouterOptions> = {}) {
  const { router, clock, peer } = testRouter({ history: true, ...routerOptions });
  return { app: new TestApp({ router, ...options }, clock), router, clock, peer };
}

/** What `promtool check metrics` has to say about a text: nothing, if all is well. */
async function checked(text: string): Promise<string> {
  const { code, stdout, stderr } = await run(PROMTOOL.program, ["check", "metrics"], text);
  return `${stdout}${stderr}${code === 0 ? "" : ` status ${code}`}`;
}

/** Names that nobody means well with. */
const HOSTILE = [
  '<script>alert("1")</script>',
  "__proto__",
  "constructor",
  "other",
  "a\u001b[31mred",
  "\u202egnp.exe",
  'quote" } 1\nforged{x="y"} 2',
  "back\\slash",
  "tab\there",
  "\u{fffd}{1b}",
  "\u{1f600}",
];

function makeHostile(peer: FakePeer): void {
  for (const name of HOSTILE) peer.send("CAN_DO", new TextEncoder().encode(name));
  peer.send("CAN_DO", binary("\xff\xfe no UTF-8"));
  peer.send("CAN_DO", binary("\xc3\xa9 is UTF-8"));
}

describe("/metrics", () => {
  test("has the six names that exporters for Gearman servers give, with their numbers", async () => {
    const { app, peer } = observed();
    const worker = peer();
    worker.send("CAN_DO", "resize").send("CAN_DO", "mail");
    const client = peer();
    for (let job = 0; job < 3; job++) client.submit("SUBMIT_JOB_BG", "resize", "", "x");
    worker.send("GRAB_JOB");
    const samples = await scrape(app);
    const known = starting(
      samples,
      "gearman_up",
      "gearman_version_info",
      "gearman_jobs{",
      "gearman_jobs_running{",
      "gearman_jobs_waiting{",
      "gearman_workers{",
    );
    assertEquals(known, [
      ["gearman_up", 1],
      ['gearman_version_info{version="1.2.3"}', 1],
      ['gearman_jobs{function="mail"}', 0],
      ['gearman_jobs{function="resize"}', 3],
      ['gearman_jobs_running{function="mail"}', 0],
      ['gearman_jobs_running{function="resize"}', 1],
      ['gearman_jobs_waiting{function="mail"}', 0],
      ['gearman_jobs_waiting{function="resize"}', 2],
      ['gearman_workers{function="mail"}', 1],
      ['gearman_workers{function="resize"}', 1],
    ]);
  });

  test("counts what happens to jobs, by mode, priority, outcome and cause", async () => {
    const { app, peer, clock } = observed();
    const client = peer();
    client.submit("SUBMIT_JOB", "f", "u", "x");
    client.submit("SUBMIT_JOB", "f", "u", "x");
    client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "x");
    client.submit("SUBMIT_JOB_LOW_BG", "f", "", "x");
    const due = Math.ceil(clock.epoch() / 1000) + 60;
    client.submit("SUBMIT_JOB_EPOCH", "f", "", `${due}`, "x");
    const lost = peer();
    lost.send("CAN_DO", "f").send("GRAB_JOB");
    lost.vanish();
    const worker = peer();
    worker.send("CAN_DO", "f").send("GRAB_JOB");
    const [handle] = worker.packets().at(-1)!.args;
    worker.send("WORK_COMPLETE", handle, "done");
    worker.send("GRAB_JOB");
    worker.send("WORK_FAIL", worker.packets().at(-1)!.args[0]);
    const samples = await scrape(app);
    const of = 'function="f"';
    assertEquals(
      starting(
        samples,
        "gearman_jobs_submitted",
        "gearman_jobs_coalesced",
        "gearman_jobs_started",
        "gearman_jobs_ended",
        "gearman_jobs_requeued",
        "gearman_jobs_delayed",
      ),
      [
        [`gearman_jobs_delayed{${of}}`, 1],
        [`gearman_jobs_submitted_total{${of},mode="foreground",priority="normal"}`, 1],
        [`gearman_jobs_submitted_total{${of},mode="background",priority="high"}`, 1],
        [`gearman_jobs_submitted_total{${of},mode="background",priority="low"}`, 1],
        [`gearman_jobs_submitted_total{${of},mode="delayed",priority="normal"}`, 1],
        [`gearman_jobs_coalesced_total{${of}}`, 1],
        [`gearman_jobs_started_total{${of}}`, 3],
        [`gearman_jobs_ended_total{${of},outcome="completed"}`, 1],
        [`gearman_jobs_ended_total{${of},outcome="failed"}`, 1],
        [`gearman_jobs_requeued_total{${of},cause="lost"}`, 1],
      ],
    );
    assertEquals(samples.get('gearman_connections{role="client"}'), 1);
    assertEquals(samples.get('gearman_connections{role="worker"}'), 1);
    assertEquals(samples.get("gearman_connections_opened_total"), 3);
    assertEquals(samples.get("gearman_functions_without_workers"), 0);
  });

  test("tells which functions are paused, and how many of those that are put together", async () => {
    const { app, peer } = observed({ metricFunctions: 1 });
    const admin = peer();
    const told = async () => starting(await scrape(app), "gearman_function_paused");
    for (const name of ["a", "b", "c"]) admin.submit("SUBMIT_JOB_BG", name, "", "");
    assertEquals(await told(), []);
    for (const name of ["a", "b", "c"]) admin.text(`pause ${name}`);
    assertEquals(await told(), [
      ['gearman_function_paused{function="a"}', 1],
      ['gearman_function_paused{function="other"}', 2],
    ]);
    for (const name of ["a", "b", "c"]) admin.text(`resume ${name}`);
    assertEquals(await told(), []);
  });

  test("tells how long jobs waited and ran, and how long the oldest has waited", async () => {
    const { app, peer, clock } = observed();
    peer().submit("SUBMIT_JOB_BG", "f", "", "x");
    clock.advance(2000);
    assertEquals(
      starting(await scrape(app), "gearman_oldest", "gearman_functions_without"),
      [
        ['gearman_oldest_waiting_seconds{function="f",priority="normal"}', 2],
        ["gearman_functions_without_workers", 1],
      ],
    );
    const worker = peer();
    worker.send("CAN_DO", "f").send("GRAB_JOB");
    clock.advance(40);
    worker.send("WORK_COMPLETE", worker.packets().at(-1)!.args[0], "");
    const samples = await scrape(app);
    assertEquals(starting(samples, "gearman_oldest"), []);
    const of = 'function="f"';
    const waiting = (le: string) =>
      samples.get(`gearman_job_waiting_seconds_bucket{${of},le="${le}"}`);
    assertEquals(["1", "2.5", "5", "+Inf"].map(waiting), [0, 1, 1, 1]);
    assertEquals(samples.get(`gearman_job_waiting_seconds_sum{${of}}`), 2);
    assertEquals(samples.get(`gearman_job_running_seconds_sum{${of}}`), 0.04);
    assertEquals(samples.get(`gearman_job_total_seconds_count{${of}}`), 1);
  });

  test("counts what kept to its target, for functions that have one", async () => {
    const targets = [{ function: "f*", wait: 1, run: 1 }];
    const { app, peer, clock } = observed({}, { targets });
    const worker = peer();
    worker.send("CAN_DO", "fast").send("CAN_DO", "g");
    for (const name of ["fast", "fast", "g"]) {
      peer().submit("SUBMIT_JOB_BG", name, "", "x");
      worker.send("GRAB_JOB");
      worker.send("WORK_COMPLETE", worker.packets().at(-1)!.args[0], "");
    }
    peer().submit("SUBMIT_JOB_BG", "fast", "", "x");
    clock.advance(5000);
    worker.send("GRAB_JOB");
    assertEquals(starting(await scrape(app), "gearman_slo"), [
      ['gearman_slo_wait_total{function="fast"}', 3],
      ['gearman_slo_wait_good_total{function="fast"}', 2],
      ['gearman_slo_run_total{function="fast"}', 2],
      ['gearman_slo_run_good_total{function="fast"}', 2],
    ]);
  });

  test("has numbers of the store if there is one", async () => {
    assertEquals(starting(await scrape(observed().app), "gearman_store"), []);
    const store = {
      name: "sqlite:x",
      bytes: 4096,
      commits: 2,
      commitSeconds: 0.5,
      lastCommitSeconds: 0.25,
      jobs: 10,
      errors: 1,
    };
    assertEquals(starting(await scrape(observed({ store }).app), "gearman_store"), [
      ["gearman_store_commits_total", 2],
      ["gearman_store_commit_seconds_total", 0.5],
      ["gearman_store_last_commit_seconds", 0.25],
      ["gearman_store_jobs_written_total", 10],
      ["gearman_store_errors_total", 1],
      ["gearman_store_file_bytes", 4096],
    ]);
  });

  test("tells of the process, of refusals, and whether the server is ready", async () => {
    const { app, peer, router } = observed();
    peer().send("WORK_FAIL", "H:test:999");
    router.hasStopBegun = true;
    const samples = await scrape(app);
    assertEquals(samples.get("gearman_ready"), 0);
    assert(samples.get("process_resident_memory_bytes")! > 1_000_000);
    assert(samples.get("process_cpu_seconds_total")! > 0);
    const started = samples.get("process_start_time_seconds")!;
    assert(started > 1_700_000_000 && started < Date.now() / 1000);
    assert(starting(samples, "gearman_requests_refused_total{").length > 0);
    assertEquals(samples.get("gearman_packets_received_total"), 1);
  });

  test("is for those who show a token, if there are any", async () => {
    const { app } = observed({ tokens: [{ token: "a-secret-of-this-test", readOnly: true }] });
    assertEquals(await app.status("/metrics"), 401);
    const headers = { authorization: "Bearer a-secret-of-this-test" };
    assertEquals(await app.status("/metrics", { headers }), 200);
  });

  test("is OpenMetrics for whoever prefers that", async () => {
    const { app, peer, clock } = observed();
    peer().submit("SUBMIT_JOB_BG", "f", "", "x");
    const worker = peer();
    worker.send("CAN_DO", "f").send("GRAB_JOB");
    clock.advance(1);
    worker.send("WORK_COMPLETE", worker.packets().at(-1)!.args[0], "");
    const response = await app.ask("/metrics", { headers: { accept: OPENMETRICS } });
    assertEquals(
      response.headers.get("content-type"),
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    const text = await response.text();
    assertMatch(text, /\n# EOF\n$/);
    assertStringIncludes(text, "# TYPE gearman_jobs_started counter\n");
    assertStringIncludes(text, '\ngearman_jobs_started_total{function="f"} 1\n');
    assertStringIncludes(text, 'gearman_job_waiting_seconds_bucket{function="f",le="1.0"} 1\n');
    const plain = await app.ask("/metrics");
    assertEquals(plain.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert(!(await plain.text()).includes("# EOF"));
  });
});

describe("names in metrics", () => {
  test("never look like something else: no markup, no line, no colour, no turned text", async () => {
    const { app, peer } = observed();
    makeHostile(peer());
    const text = await scrapeText(app);
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/.exec(text), null);
    assert(!/^forged/m.test(text));
    const samples = await scrape(app);
    const workers = starting(samples, "gearman_workers{").map(([name]) => name);
    assertEquals(workers.length, HOSTILE.length + 2);
    for (const name of ["__proto__", "constructor", "other", "\u{1f600}", "\u00e9 is UTF-8"]) {
      assert(workers.includes(`gearman_workers{function="${name}"}`), name);
    }
    assert(workers.includes('gearman_workers{function="back\\\\slash"}'));
    assert(workers.includes('gearman_workers{function="a\ufffd{1b}[31mred"}'));
    assert(workers.includes('gearman_workers{function="\ufffd{fffd}{1b}"}'));
    assert(workers.includes('gearman_workers{function="\ufffd{xff}\ufffd{xfe} no UTF-8"}'));
  });

  test("are the same text for no two names", () => {
    const texts = ["\x1b", "\ufffd{1b}", "\\x1b", "{1b}", "\u0085", "\ufffd{xff}"];
    const names = [
      ...texts.map((name) => new TextEncoder().encode(name)),
      ...["\x85", "\xff"].map(binary),
    ];
    assertEquals(new Set(names.map(safeName)).size, names.length);
  });

  testWith(
    [PROMTOOL],
    "pass promtool check metrics, hostile ones too, in jobs of all kinds",
    async () => {
      const { app, peer, clock } = observed({}, { targets: [{ function: "*", wait: 1, run: 1 }] });
      const worker = peer();
      makeHostile(worker);
      for (const name of HOSTILE) {
        const bytes = new TextEncoder().encode(name);
        for (const type of ["SUBMIT_JOB_BG", "SUBMIT_JOB_HIGH", "SUBMIT_JOB_LOW"] as const) {
          peer().submit(type, bytes, "", "x");
        }
      }
      for (let job = 0; job < 10; job++) {
        worker.send("GRAB_JOB");
        clock.advance(10);
        worker.send("WORK_COMPLETE", worker.packets().at(-1)!.args[0], "");
      }
      assertEquals(await checked(await scrapeText(app)), "");
    },
  );
});

describe("functions beyond --http-metric-functions", () => {
  test("are put together, and a metric says how many they are", async () => {
    const { app, peer } = observed({ metricFunctions: 2 });
    const client = peer();
    for (const name of ["b", "c"]) client.submit("SUBMIT_JOB_BG", name, "", "x");
    assertEquals((await scrape(app)).get("gearman_functions_folded"), 0);
    for (const name of ["a", "d", "e"]) client.submit("SUBMIT_JOB_BG", name, "", "x");
    const samples = await scrape(app);
    assertEquals(samples.get("gearman_functions_folded"), 3);
    assertEquals(samples.get("gearman_functions"), 5);
    // Who has metrics keeps them.
    assertEquals(starting(samples, "gearman_jobs{"), [
      ['gearman_jobs{function="b"}', 1],
      ['gearman_jobs{function="c"}', 1],
      ['gearman_jobs{function="other"}', 3],
    ]);
    assertEquals(
      samples.get(
        'gearman_jobs_submitted_total{function="other",mode="background",priority="normal"}',
      ),
      3,
    );
  });

  test("never make a counter fall when functions are dropped and others come", async () => {
    const { app, peer } = observed({ metricFunctions: 2 });
    const client = peer();
    const other = async () =>
      (await scrape(app)).get(
        'gearman_jobs_submitted_total{function="other",mode="background",priority="normal"}',
      ) ?? 0;
    const submit = (name: string) => client.submit("SUBMIT_JOB_BG", name, "", "x");
    for (const name of ["a", "b", "c", "c"]) submit(name);
    assertEquals(await other(), 2);
    const { router } = app;
    for (const job of [...router.jobs.values()]) router.operations.cancel(job, null);
    router.operations.drop(new TextEncoder().encode("a"), null);
    assertEquals(await other(), 3, "what was dropped counts there");
    submit("z");
    submit("c");
    const samples = await scrape(app);
    assertEquals(samples.get('gearman_jobs{function="z"}'), 1, "there is room for one");
    assertEquals(samples.get('gearman_jobs{function="c"}'), undefined);
    assertEquals(await other(), 4);
  });
});

describe("a scrape of very many functions", () => {
  test("goes on in portions between which others have their turn, and misses nothing", async () => {
    const { app, router, clock } = observed();
    for (let number = 0; number < 5000; number++) {
      router.operations.create(new TextEncoder().encode(`function-${number}`));
    }
    const whole = await scrapeText(app);
    // Each look at the clock takes a millisecond: a portion is over after two.
    const now = clock.now.bind(clock);
    let looks = 0;
    clock.now = () => now() + looks++;
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const portioned = await scrapeText(app);
    isOver = true;
    assert(turns > 100, `others had ${turns} turns`);
    const names = (text: string) => text.match(/^gearman_\w+(\{[^}]*\})?/gm);
    assertEquals(names(portioned), names(whole));
    app.close();
  });
});
