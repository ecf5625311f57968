import { after } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { WatchingApp } from "../cli/dash/watching_app.ts";
import { TestBrowser, violationsOf, withoutBrowser } from "../http/dashboard/browser.ts";
import { Gearmand, untilAccepting } from "../support/gearmand.ts";
import { PerlServer } from "../support/perl_server.ts";
import { Program } from "../support/program.ts";
import { perlServer, program, testWith } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";

const gearmand = program("gearmand", "gearman-job-server");
const perl = perlServer();
const chromium = { program: "chromium", debianPackage: "chromium", present: !withoutBrowser };

/** A worker that runs a job and lets another wait, and a job that nobody can do. */
class Work implements Disposable {
  readonly #worker: RawPeer;
  readonly #handle: string;

  private constructor(worker: RawPeer, handle: string) {
    this.#worker = worker;
    this.#handle = handle;
  }

  static async on(port: number): Promise<Work> {
    await using client = new Client({ servers: [`127.0.0.1:${port}`] });
    for (const unique of ["cat-1", "cat-2"]) {
      await client.submit("resize", "x", { background: true, unique });
    }
    await client.submit("lonely", "x", { background: true, unique: "one" });
    const worker = await RawPeer.connect(port);
    worker.packet("CAN_DO", "resize");
    const [handle] = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    return new Work(worker, handle);
  }

  /** Lets the job end that runs. */
  end(): void {
    this.#worker.packet("WORK_COMPLETE", this.#handle, "");
  }

  [Symbol.dispose](): void {
    this.#worker[Symbol.dispose]();
  }
}

testWith([gearmand], "geartrain dash tells what gearmand has", async () => {
  await using server = await Gearmand.start(gearmand.program);
  await using app = new WatchingApp(`127.0.0.1:${server.port}`);
  using _work = await Work.on(server.port);
  const viewer = await app.viewer();
  const [, { functions, totals, server: told }] = await viewer.next();
  await viewer.leave();
  assertEquals(
    [totals.waiting, totals.running, totals.functionsWithoutWorkers, totals.submittedTotal],
    [2, 1, 1, undefined],
  );
  assertEquals([functions[0].name, functions[0].waitingNormal], ["lonely", 1]);
  assertEquals([told.workers, told.watched.isGeartrain, told.watched.hasUniques], [1, false, true]);
  const { workerList } = await app.json("/functions/resize");
  assertEquals([workerList.length, workerList[0].functions], [1, ["resize"]]);
  const jobs = (await app.json("/jobs")).items;
  assertEquals(jobs.length, 3);
  assertEquals(await app.json(`/jobs/${jobs[0].handle}`), jobs[0]);
  const uniques = (await app.json("/uniques")).items.map(({ unique }: { unique: string }) =>
    unique
  );
  assertEquals(uniques.toSorted(), ["cat-1", "cat-2", "one"]);
});

testWith(
  [perl],
  "geartrain dash tells what Perl's server has, and asks for nothing that it does not know",
  async () => {
    await using server = await PerlServer.start(perl);
    await using app = new WatchingApp(`127.0.0.1:${server.port}`);
    using _work = await Work.on(server.port);
    const told = await app.json("/server");
    assertEquals([told.version[0], told.waiting, told.running, told.workers], ["v", 2, 1, 1]);
    assertEquals(told.watched.untold.includes("priorities"), true);
    const jobs = (await app.json("/jobs?function=resize")).items;
    const states = jobs.map(({ unique, state }: Record<string, string>) => `${unique} ${state}`);
    assertEquals(states.toSorted(), ["cat-1 running", "cat-2 waiting"]);
    assertEquals((await app.json("/workers")).items[0].functions, ["resize"]);
    const log = await server.log();
    assert(!log.includes("uninitialized"), log);
  },
);

const browsers: TestBrowser[] = [];
after(async () => {
  for (const browser of browsers) await browser.close();
});

testWith([gearmand, chromium], "the dashboard shows gearmand in a browser", async () => {
  const server = await Gearmand.start(gearmand.program);
  const { port } = server;
  const dash = new Program(["dash", "--server", `127.0.0.1:${port}`, "--http", "0"]);
  const [, place] = /:(\d+)\/$/.exec(await dash.outputLine(/is at /))!;
  const browser = await TestBrowser.at(Number(place), () => dash[Symbol.asyncDispose]());
  browsers.push(browser);
  using work = await Work.on(port);

  const page = await browser.page("#/functions");
  const goTo = (hash: string) => page.goto(page.url().replace(/#.*/, hash));
  const tidy = async (scheme: "light" | "dark" = "light") => {
    await page.emulateMedia({ colorScheme: scheme });
    assertEquals(await violationsOf(page), []);
  };
  const troubles = page.getByRole("region", { name: "What is wrong" });
  await troubles.getByText("1 job waits, no worker can do it.").waitFor();
  await page.getByText(`127.0.0.1:${port}`).waitFor();
  await page.getByText("This server does not tell scheduled jobs apart").waitFor();
  const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "resize" }) });
  await row.getByRole("img", { name: "2 jobs at most in the last minute" }).waitFor();
  assertEquals(await page.getByRole("columnheader").allInnerTexts(), [
    ...["Function", "Waiting↓", "Running", "Workers", "Change /s", "Jobs, last minute"],
  ]);
  await tidy();
  await tidy("dark");
  work.end();
  await page.locator(".tile").filter({ hasText: "Running" }).getByText("0", { exact: true })
    .waitFor();

  await row.getByRole("link").click();
  await page.getByRole("heading", { name: "resize" }).waitFor();
  await page.getByRole("cell", { name: "worker", exact: true }).or(
    page.getByRole("rowheader").first(),
  ).first().waitFor();
  assertEquals(await page.getByRole("button", { name: /…$/ }).count(), 0);
  await tidy();

  await goTo("#/functions/lonely");
  await page.getByText("This server does not tell the function of a job.").waitFor();
  await tidy();
  await goTo("#/jobs");
  await page.getByRole("cell", { name: "background" }).first().waitFor();
  await page.getByText("which of the jobs has which unique").waitFor();
  await page.getByRole("rowheader", { name: "one" }).waitFor();
  assertEquals(await page.getByRole("searchbox").or(page.locator("form input")).count(), 1);
  await tidy();
  await page.getByRole("rowheader").getByRole("link").first().click();
  await page.getByText("This server tells nothing else of a job.").waitFor();
  await tidy();
  await goTo("#/workers");
  await page.getByText("1 shown").waitFor();
  await tidy();
  await goTo("#/connections");
  await page.getByText("one of them is this dashboard’s").waitFor();
  // It does not know whose job is whose.
  await page.getByRole("searchbox", { name: "Filter by id, address, function", exact: true })
    .waitFor();
  await tidy();
  await goTo("#/server");
  await page.getByText("They do not tell how the process is.").waitFor();
  assertEquals(await page.getByText("Event-loop delay").count(), 0);
  await tidy();

  await server.stop();
  await page.getByText(`Cannot connect to 127.0.0.1:${port}`).first().waitFor();
  await tidy();
  await using again = await Gearmand.start(gearmand.program, { port });
  await untilAccepting(again.port, () => true);
  await page.getByRole("button", { name: "Live" }).waitFor();
  await troubles.waitFor({ state: "detached" });
  assertEquals(browser.complaints, []);
});
