import { after, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { Locator, Page } from "playwright-core";
import { Client, Server, type ServerOptions, Worker } from "../../../mod.ts";
import { unless } from "../../support/unless.ts";
import { TestBrowser, withoutBrowser } from "./browser.ts";

const TOKEN = "a-secret-of-this-test";
const NAME = "<b>gro\u00df</b>/\u202e";

const browsers: TestBrowser[] = [];
after(async () => {
  for (const browser of browsers) await browser.close();
});

/** A server, and a browser that looks at it. */
async function look(options: ServerOptions): Promise<{ server: Server; browser: TestBrowser }> {
  const server = new Server({ http: [{ port: 0 }], ...options });
  const [{ addr }] = await server.http;
  const browser = await TestBrowser.at(addr.port, () => server.stop());
  browsers.push(browser);
  return { server, browser };
}

test(
  ...unless(
    withoutBrowser,
    "the dashboard of a server shows, finds and cancels jobs after a login",
  ),
  async () => {
    const { server, browser } = await look({ httpTokens: [{ token: TOKEN }], httpPayloads: true });
    await using _worker = new Worker({
      servers: [server],
      functions: {
        fail: () => Promise.reject(new Error("no such picture")),
        [NAME]: (job) => job.text(),
      },
    });
    await using client = new Client({ servers: [server] });
    for (const name of ["first", "second"]) {
      await client.submit("nobody", `payload of the ${name}`, { background: true, unique: name });
    }
    assertEquals(await client.submit(NAME, "x").text(), "x");
    await client.submit("fail", "x", { unique: "broken" }).text().catch(() => undefined);

    const page = await browser.page("#/functions");
    await page.getByLabel("Token").fill(TOKEN);
    await page.getByRole("button", { name: "Log in" }).click();
    const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "nobody" }) });
    await row.getByText("none").waitFor();
    await page.getByRole("link", { name: "<b>groß</b>/\\u202e" }).click();
    await page.getByRole("heading", { name: "<b>groß</b>/\\u202e" }).waitFor();
    await page.getByRole("term").filter({ hasText: "completed" }).first().waitFor();

    await page.goto(page.url().replace(/#.*/, "#/functions/fail"));
    await page.getByText("no such picture").waitFor();
    await page.getByRole("rowheader").getByRole("link").first().click();
    await page.getByRole("region", { name: "What it said" }).waitFor();

    await page.goto(page.url().replace(/#.*/, "#/jobs?unique=second"));
    await page.getByText(/^1 job\. Scanned 2 of 2\.$/).waitFor();
    await page.getByRole("rowheader").getByRole("link").click();
    await page.getByText("payload of the second").waitFor();
    await page.getByRole("region", { name: "Why it waits" }).waitFor();
    await page.getByRole("button", { name: "Cancel …" }).click();
    await page.getByRole("button", { name: "Cancel the job" }).click();
    await page.getByText("is cancelled.").waitFor();

    await page.goto(page.url().replace(/#.*/, "#/jobs?function=nobody"));
    await page.getByRole("button", { name: "Cancel all that match" }).click();
    await page.getByRole("button", { name: "Cancel 1 job" }).click();
    await page.getByText("1 job is cancelled.").waitFor();

    // A browser takes these out of paths.
    await client.submit("..", "x", { background: true });
    await page.goto(page.url().replace(/#.*/, "#/functions/.."));
    await page.getByRole("heading", { name: "..", exact: true }).waitFor();
    await page.getByText('no connected worker can do ".."').first().waitFor();

    await page.goto(page.url().replace(/#.*/, "#/workers"));
    await page.getByRole("rowheader").getByRole("link").click();
    await page.getByRole("heading", { name: /^Connection \d+$/ }).waitFor();
    await page.getByText("1 shown").waitFor();
    await page.getByRole("cell", { name: "worker", exact: true }).waitFor();
    for (const place of ["connections", "server"]) {
      await page.goto(page.url().replace(/#.*/, `#/${place}`));
      await page.getByRole("heading", { level: 1 }).waitFor();
    }
    await page.getByRole("button", { name: "Drain" }).click();
    await page.getByRole("button", { name: "Drain the server" }).click();
    await page.getByText("The server drains: it refuses new jobs").waitFor();
    assertEquals(browser.complaints, []);
  },
);

test(
  ...unless(withoutBrowser, "the dashboard has the server find and order functions that are many"),
  async () => {
    const { server, browser } = await look({});
    const names = Array.from({ length: 250 }, (_, number) => `f${number}`);
    await using _worker = new Worker({
      servers: [server],
      functions: Object.fromEntries(names.map((name) => [name, () => ""])),
    });
    await using client = new Client({ servers: [server] });
    await client.submit("lonely", "", { background: true });

    const page = await browser.page("#/functions?sort=-name");
    const first = page.getByRole("rowheader").first();
    await page.getByText("251 functions").waitFor();
    await first.getByText("lonely").waitFor();
    await page.getByRole("button", { name: "Function" }).click();
    await first.getByText("f0", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Next page" }).click();
    await page.waitForURL(/cursor=/);
    await page.getByRole("button", { name: "First page" }).click();
    await page.getByRole("searchbox").fill("f249");
    await first.getByText("f249").waitFor();
    await page.getByText("1 shown of 251").waitFor();
    await page.goto(page.url().replace(/#.*/, "#/functions?sort=constructor"));
    await first.getByText("f0", { exact: true }).waitFor();
    assertEquals(browser.complaints, []);
  },
);

test(
  ...unless(
    withoutBrowser,
    "the dashboard pauses and resumes functions, quiets workers, and moves jobs to other times",
  ),
  async () => {
    const { server, browser } = await look({});
    await using _worker = new Worker({
      servers: [server],
      functions: { resize: (job) => job.text() },
    });
    await using client = new Client({ servers: [server] });
    const at = new Date(Date.now() + 7_200_000);
    const handle = await client.submit("resize", "later", { background: true, at });
    const page = await browser.page("#/functions/resize");
    const go = (hash: string) => page.goto(page.url().replace(/#.*/, hash));
    const press = async (name: string, confirmed: string) => {
      await page.getByRole("button", { name }).click();
      await page.getByRole("dialog").getByRole("button", { name: confirmed }).click();
    };

    await page.getByLabel("Pause for").selectOption("1 hour");
    await page.getByLabel("Reason").fill("new <b>version</b>");
    await press("Pause …", "Pause the function");
    await page.getByText("resize is paused.").waitFor();
    await page.getByText("new <b>version</b>").first().waitFor();
    await page.getByRole("button", { name: "Pause anew …" }).waitFor();
    await client.submit("resize", "waits", { background: true, unique: "waits" });
    await page.getByText(/"resize" is paused \(new <b>version<\/b>\) by HTTP since/).waitFor();
    await go("#/functions");
    await page.getByRole("row").filter({ hasText: "resize" }).getByText("paused").waitFor();

    await go("#/jobs?state=scheduled");
    await page.getByRole("columnheader", { name: "Due" }).waitFor();
    await page.getByRole("cell", { name: /^in (1 h 59 min|2 h)/ }).waitFor();
    await go(`#/jobs/${encodeURIComponent(handle)}`);
    const time = page.getByLabel("Due", { exact: true });
    await time.fill("2036-12-24T18:00:00");
    await press("Move …", "Move the job");
    await page.getByText("waits for its new time.").waitFor();
    await press("Run now …", "Run the job");
    await page.getByText("is due now.").waitFor();
    await page.getByText("waiting", { exact: true }).waitFor();
    assertEquals(server.jobs().map(({ isRunning }) => isRunning), [false, false]);

    await go("#/workers");
    await page.getByRole("rowheader").getByRole("link").click();
    await press("Quiet this worker …", "Quiet the worker");
    await page.getByText("is quiet.").waitFor();
    await page.getByText("quiet", { exact: true }).waitFor();

    await go("#/server");
    const paused = page.getByRole("table", { name: "Paused functions" });
    await paused.getByRole("link", { name: "resize" }).waitFor();
    await press("Resume …", "Resume the function");
    await page.getByText("resize is resumed.").waitFor();
    await paused.waitFor({ state: "detached" });
    assertEquals(server.jobs().length, 2);

    await go("#/workers");
    await page.getByRole("rowheader").getByRole("link").click();
    await press("Let it have jobs again …", "Let it have jobs");
    await page.getByText("gets jobs again.").waitFor();
    await page.getByText("sleeps").waitFor();
    assertEquals(server.jobs().length, 0);
    assertEquals(browser.complaints, []);
  },
);

test(
  ...unless(
    withoutBrowser,
    "the dashboard lists, kicks and drops dead jobs, one or all of a function, and buries live ones",
  ),
  async () => {
    const { server, browser } = await look({
      policies: { "mail/*": { retry: { max: 1, backoff: ["1ms"] }, dead: true } },
    });
    await using worker = new Worker({
      servers: [server],
      functions: {
        "mail/b": (job) => Promise.reject(new Error(`no user <b>${job.text()}</b>`)),
      },
    });
    await using client = new Client({ servers: [server] });
    const handles: string[] = [];
    for (const unique of ["ann", "bob", "cyd", "dan"]) {
      handles.push(await client.submit("mail/b", unique, { background: true, unique }));
    }
    const page = await browser.page("#/functions");
    const go = (hash: string) => page.goto(page.url().replace(/#.*/, hash));
    const dialog = page.getByRole("dialog");
    const press = async (name: string, confirmed: string, place: Page | Locator = page) => {
      await place.getByRole("button", { name }).click();
      await dialog.getByRole("button", { name: confirmed }).click();
    };
    const rowOf = (name: string) => page.getByRole("row").filter({ hasText: name });

    await rowOf("mail/b").getByRole("link", { name: "4", exact: true }).waitFor();
    await worker.stop();
    await page.getByRole("link", { name: "mail/b" }).click();
    await page.getByRole("link", { name: "Look at them" }).click();
    await page.getByText("4 dead jobs.").waitFor();
    await rowOf(handles[0]).getByText("no user <b>ann</b>").first().waitFor();
    await rowOf(handles[0]).getByText("exception").first().waitFor();
    await rowOf(handles[0]).getByText("2 runs").click();
    assertEquals(await rowOf(handles[0]).getByRole("listitem").count(), 2);

    await press("Kick …", "Kick the job", rowOf(handles[0]));
    await page.getByText("is kicked.").waitFor();
    await press("Drop …", "Drop the job", rowOf(handles[1]));
    await page.getByText("is dropped.").waitFor();
    await page.getByText("2 dead jobs.").waitFor();
    await page.getByRole("button", { name: "Kick all that match …" }).click();
    await dialog.getByText("2 jobs of mail/b are dead.").waitFor();
    await dialog.getByRole("button", { name: "Kick 2 jobs" }).click();
    await page.getByText("2 jobs are kicked.").waitFor();
    await page.getByText("This function has no dead job.").waitFor();
    assertEquals(server.jobs().map(({ failures }) => failures), [0, 0, 0]);

    await go(`#/jobs/${encodeURIComponent(handles[3])}`);
    await press("Bury …", "Bury the job");
    await page.getByText("is buried.").waitFor();
    await go("#/dead");
    await rowOf(handles[3]).getByText("buried").first().waitFor();
    await page.getByText("Name a function to kick or drop all of it.").waitFor();
    await page.getByLabel("Function").fill("mail/b");
    await press("Drop all that match …", "Drop 1 job");
    await page.getByText("1 job is dropped.").waitFor();
    await page.getByText("This function has no dead job.").waitFor();
    assertEquals(server.jobs().map(({ handle }) => handle), [handles[0], handles[2]]);
    assertEquals(browser.complaints, []);
  },
);

test(
  ...unless(withoutBrowser, "the dashboard makes, runs, pauses, changes and drops schedules"),
  async () => {
    const { server, browser } = await look({
      schedules: [{ name: "nightly", cron: "30 2 * * *", function: "report" }],
    });
    await server.loaded;
    const page = await browser.page("#/schedules");
    const press = async (name: string, confirmed: string) => {
      await page.getByRole("button", { name }).first().click();
      await page.getByRole("dialog").getByRole("button", { name: confirmed }).click();
    };
    await page.getByRole("link", { name: "nightly" }).waitFor();
    await page.getByLabel("Name").fill("hourly");
    await page.getByLabel("Cron").fill("0 * * * *");
    await page.getByLabel("Function").fill("f <b>");
    await page.getByLabel("Payload").fill("data");
    await press("Set …", "Set the schedule");
    await page.getByText("hourly is set.").waitFor();
    await page.getByRole("heading", { name: "hourly" }).waitFor();
    await press("Run now …", "Run it now");
    await page.getByText("is its job.").waitFor();
    assertEquals(server.jobs().map(({ functionName }) => functionName), ["f <b>"]);
    const runs = page.getByRole("table", { name: "Its last runs" });
    await runs.getByText("not ended").waitFor();
    await press("Pause …", "Pause it");
    await page.getByText("hourly is paused.").waitFor();
    await page.getByLabel("While the last job lives").selectOption("skip");
    await press("Set …", "Set the schedule");
    await page.getByText("hourly is set.").waitFor();
    await press("Resume …", "Resume it");
    await page.getByText("hourly runs again.").waitFor();
    await press("Drop the schedule …", "Drop the schedule");
    await page.getByText("hourly is dropped.").waitFor();
    await page.getByRole("link", { name: "nightly" }).click();
    await page.getByText("It stands in the configuration").waitFor();
    assertEquals(browser.complaints, []);
  },
);
