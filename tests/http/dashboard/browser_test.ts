import { after, beforeEach, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { unless } from "../../support/unless.ts";
import { picture, TestBrowser, violationsOf, withoutBrowser } from "./browser.ts";
import { FakeApi } from "./fake_api.ts";
import { healthyScene, hostileScene, type Scene, sickScene } from "./fake_scene.ts";

const api = new FakeApi(healthyScene());
const PHONE = { width: 390, height: 844 };
const PAGES = {
  "functions": "#/functions",
  "function": "#/functions/mail.send",
  "jobs": "#/jobs?function=resize",
  "ended": "#/jobs?state=ended",
  "job": "#/jobs/H%3Aweb-1%3A9003",
  "failed job": "#/jobs/H%3Aweb-1%3A3999?view=full",
  "dead": "#/dead?function=mail.send",
  "schedules": "#/schedules",
  "schedule": "#/schedules/poll",
  "workers": "#/workers",
  "connections": "#/connections",
  "server": "#/server",
};

let opened: Promise<TestBrowser> | undefined;
function browser(): Promise<TestBrowser> {
  return opened ??= TestBrowser.open(api.handle);
}

/** Does something on a page of a scene, and closes it. */
async function on(
  scene: Scene,
  hash: string,
  look: (page: Page) => Promise<void>,
  options: Parameters<TestBrowser["page"]>[1] = {},
): Promise<void> {
  api.reset(scene);
  const page = await (await browser()).page(hash, options);
  try {
    await look(page);
  } finally {
    await page.context().close();
  }
}

/** Waits until there is such text. */
async function sees(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor();
}

/** Goes to a place of the page, and waits until there is something. */
async function go(page: Page, hash: string): Promise<void> {
  await page.goto(page.url().replace(/#.*|$/, hash));
  await page.getByRole("table").or(page.locator(".steps, .stretches, .log")).first().waitFor();
}

/** What a row of a table says, by the beginning of its name. */
async function rowOf(page: Page, name: string): Promise<string> {
  const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name }) }).first();
  return await row.innerText();
}

async function firstNames(page: Page): Promise<string[]> {
  return await page.getByRole("rowheader").allInnerTexts();
}

describe(...unless(withoutBrowser, "the dashboard in a browser"), () => {
  beforeEach(async () => void ((await browser()).complaints.length = 0));
  after(async () => await (await opened)?.close());

  test("shows what a server does while it does it, and no warning of one that is well", async () => {
    await on(healthyScene(), "", async (page) => {
      await sees(page, "mail.digest");
      assertStringIncludes(await rowOf(page, "resize"), "4 high, 10 normal");
      for (let second = 0; second < 3; second++) api.tick();
      await sees(page, /^submitted 40$/);
      assertEquals((await rowOf(page, "resize")).split(/\s+/).slice(8, 12), ["2", "2", "25", "25"]);
      assertEquals(await page.getByRole("region", { name: "What is wrong" }).count(), 0);
      await picture(page, "dashboard-light");
      await page.getByText("Numbers of Jobs a second").click();
      await page.getByRole("cell", { name: "40", exact: true }).first().waitFor();
      assertEquals((await browser()).complaints, []);
    });
  });

  test("says what is wrong first, in words, and why", async () => {
    await on(sickScene(), "", async (page) => {
      const wrong = page.getByRole("region", { name: "What is wrong" });
      await wrong.waitFor();
      const sentences = (await wrong.innerText()).split("\n").filter((line) => line !== "");
      assertEquals(sentences, [
        "Logged at 14:30: The store cannot write: no space left on device",
        "resize: 120 jobs wait, no worker can do it, since 14:02.",
        "index: it has 5,001 jobs: further ones of normal priority are refused.",
        "index: 5,000 jobs wait, the oldest for 12 min; its one worker runs a job.",
      ]);
      await picture(page, "dashboard-sick");
      await wrong.getByRole("link", { name: "resize" }).click();
      await sees(page, /^No worker has the ability/);
    });
  });

  test("orders and filters functions, and a reload keeps the place", async () => {
    await on(healthyScene(), "", async (page) => {
      await page.getByRole("button", { name: "Failed" }).click();
      await page.waitForURL(/sort=-failed/);
      assertEquals((await firstNames(page))[0], "mail.send");
      await page.getByRole("searchbox").fill("mail");
      await sees(page, "2 shown of 6");
      await page.reload();
      await sees(page, "2 shown of 6");
      assertEquals(await firstNames(page), ["mail.send", "mail.digest"]);
    });
  });

  test("filters all connections, not only those that it shows", async () => {
    const scene = healthyScene();
    const [first] = scene.connections;
    scene.connections = Array.from({ length: 700 }, (_, index) => ({
      ...first,
      id: 1000 + index,
      clientId: `host-${index}`,
    }));
    await on(scene, "#/connections", async (page) => {
      await sees(page, "500 shown");
      await page.getByRole("searchbox", { name: "Filter by id, address, function, job" }).waitFor();
      await page.getByRole("searchbox").fill("host-650");
      await sees(page, "1 shown");
      await sees(page, "host-650");
      await page.getByRole("searchbox").fill("nobody");
      await sees(page, "No connection has that.");
    });
  });

  test("listens to nothing while it is paused, hidden, or text is selected", async () => {
    await on(healthyScene(), "", async (page) => {
      const live = page.getByRole("button", { name: "hold all numbers still" });
      await sees(page, "Live");
      await live.click();
      await sees(page, "Paused");
      await api.closed();
      await live.click();
      await sees(page, "Live");
      await page.evaluate("getSelection().selectAllChildren(document.querySelector('tbody'))");
      await sees(page, "Paused while text is selected");
      await api.closed();
      await page.evaluate("getSelection().removeAllRanges()");
      await sees(page, "Live");
      await page.evaluate(`Object.defineProperty(document, "hidden", { value: true });
        document.dispatchEvent(new Event("visibilitychange"))`);
      await sees(page, "Paused while hidden");
      await api.closed();
    });
  });

  test("finds jobs, says how many it has looked at, and goes on", async () => {
    await on(healthyScene(), "#/jobs", async (page) => {
      await page.getByLabel("Unique").fill("order-4032");
      await sees(page, "Scanned 10 of 21.");
      await sees(page, "None of those looked at so far is like that.");
      await page.getByRole("button", { name: "Search further" }).click();
      await sees(page, "Scanned 20 of 21.");
      assertEquals(await firstNames(page), ["H:web-1:4032"]);
      await page.waitForURL(/unique=order-4032/);
      await page.reload();
      await page.getByRole("link", { name: "H:web-1:4032" }).click();
      await page.getByRole("heading", { name: "H:web-1:4032" }).waitFor();
    });
  });

  test("tells why a job failed, and all its runs", async () => {
    await on(healthyScene(), "#/functions/mail.send", async (page) => {
      await page.getByRole("link", { name: "H:web-1:3999" }).click();
      await sees(page, /at Connection.read \(mail\/smtp.js:114:13\)/);
      await page.getByRole("link", { name: "Full" }).click();
      await page.waitForURL(/view=full/);
      const steps = await page.locator(".step").allInnerTexts();
      assertEquals(steps.length, 6);
      assertStringIncludes(steps[2], "failed; it is tried again");
      assertStringIncludes(steps[5], "ended as exception");
    });
  });

  test("shows a payload as JSON, as PHP's values, as text and as bytes", async () => {
    const scene = healthyScene();
    await on(scene, "#/jobs/H%3Aweb-1%3A9001", async (page) => {
      await sees(page, /"sizes": \[\n {4}320/);
      await page.goto(page.url().replace("9001", "4021"));
      await sees(page, /^Order \{\n {2}id: 4021,\n {2}protected note: "größer"/);
      await page.goto(page.url().replace("4021", "4022"));
      await sees(page, /^00000000 {2}00 ff 10 47/);
      await page.goto(page.url().replace("4022", "4023"));
      await sees(page, /^00000000 {2}70 6c 61/);
      await page.getByRole("link", { name: "Text" }).click();
      const payload = page.getByRole("region", { name: "Payload as Text" });
      assertEquals(await payload.innerText(), "plain \\u202etext\\x07\nin two lines");
      await page.getByRole("link", { name: "JSON" }).click();
      await sees(page, "It is not JSON.");
    });
  });

  test("cancels all jobs that match after it has shown how many they are", async () => {
    await on(healthyScene(), "#/jobs?function=index&state=waiting", async (page) => {
      await page.getByRole("button", { name: "Cancel all that match" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("3 jobs match").waitFor();
      const filter = '"function":"index","state":"waiting"';
      assertEquals(api.actions, [`POST /jobs/cancel {${filter},"dryRun":true}`]);
      await page.keyboard.press("Escape");
      assertEquals(api.actions.length, 1);
      await page.getByRole("button", { name: "Cancel all that match" }).click();
      await dialog.getByRole("button", { name: "Cancel 3 jobs" }).click();
      await sees(page, "3 jobs are cancelled.");
      assertEquals(api.actions[2], `POST /jobs/cancel {${filter},"dryRun":false}`);
      assertEquals(api.scene.jobs.filter((job) => job.function === "index").length, 1);
    });
  });

  test("cancels one job, sets limits, drops a function, drains the server", async () => {
    await on(healthyScene(), "#/jobs/H%3Aweb-1%3A4025", async (page) => {
      const dialog = page.getByRole("dialog");
      await page.getByRole("button", { name: "Cancel …" }).click();
      await dialog.getByRole("button", { name: "Cancel the job" }).click();
      await sees(page, "H:web-1:4025 is cancelled.");
      await page.goto(page.url().replace(/#.*/, PAGES.function));
      await page.getByLabel("Most jobs, low").fill("70");
      await page.getByRole("button", { name: "Set limits" }).click();
      await dialog.getByRole("button", { name: "Set the limits" }).click();
      await sees(page, "The limits are set.");
      await page.getByRole("button", { name: "Drop the function" }).click();
      await dialog.getByRole("button", { name: "Drop the function" }).click();
      await sees(page, "mail.send is dropped.");
      await page.getByRole("link", { name: "Server" }).click();
      await page.getByRole("button", { name: "Drain" }).click();
      await dialog.getByRole("button", { name: "Drain the server" }).click();
      await sees(page, /^The server drains: it refuses new jobs/);
      assertEquals(api.actions, [
        "DELETE /jobs/H%3Aweb-1%3A4025",
        'PUT /functions/mail.send/max-queue {"high":0,"normal":0,"low":70}',
        "DELETE /functions/mail.send",
        "POST /server/drain",
      ]);
    });
  });

  test("shows the servers that share a queue, what each has of it, and which is silent", async () => {
    const scene = healthyScene();
    const queue = "postgres://db.example:5432/jobs";
    scene.server = {
      ...scene.server,
      cluster: { name: "H:shop:000000000", queue, unreachable: null },
    };
    const one = { address: "10.0.0.1:4730", version: "0.1.0", isThis: true };
    scene.servers = [
      { ...one, name: "web-1", claimed: 1402, workers: 12, silentSeconds: 0.4 },
      { ...one, name: "<b>web-2</b>", isThis: false, claimed: 0, workers: 3, silentSeconds: 6 },
    ];
    await on(scene, "#/server", async (page) => {
      await sees(page, queue);
      const rows = page.getByRole("table", { name: "Servers that share the queue" });
      await sees(page, "<b>web-2</b>");
      assertStringIncludes(await rowOf(page, "web-1"), "this one");
      assertStringIncludes(await rowOf(page, "web-1"), "1,402");
      assertEquals(await rows.locator(".bad-text").allInnerTexts(), ["6 s"]);
      assertEquals((await browser()).complaints, []);
    });
    await on(healthyScene(), "#/server", async (page) => {
      await sees(page, "Warnings in the log");
      assertEquals(await page.getByText("share the queue").count(), 0);
    });
  });

  test("offers no action and no payload where the server forbids them, and tells what is refused", async () => {
    const scene = healthyScene();
    scene.server = { ...scene.server, readOnly: true, payloads: false };
    await on(scene, "#/jobs", async (page) => {
      await sees(page, "Scanned 21 of 21.");
      assertEquals(await page.getByRole("button", { name: "Cancel" }).count(), 0);
      assertEquals(await page.getByLabel("In the payload").count(), 0);
      await go(page, PAGES.dead);
      assertEquals(await page.getByRole("button", { name: /Kick|Drop/ }).count(), 0);
    });
    await on(healthyScene(), "#/functions/resize", async (page) => {
      await page.getByRole("button", { name: "Drop the function" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Drop the function" }).click();
      await sees(page, "It has jobs.");
    });
  });

  test("asks for a token where the server wants one", async () => {
    await on(healthyScene(), "", async (page) => {
      api.token = "right";
      await page.goto(page.url().replace(/#.*|$/, "#/workers"));
      await page.reload();
      await page.getByLabel("Token").fill("wrong");
      await page.getByRole("button", { name: "Log in" }).click();
      await sees(page, "This token is not known.");
      await page.getByLabel("Token").fill("right");
      await page.keyboard.press("Enter");
      await sees(page, "thumbs-1");
      await page.getByRole("link", { name: "Server" }).click();
      await page.getByRole("button", { name: "Log out" }).click();
      await page.getByLabel("Token").waitFor();
    });
  });

  test("says that the server is gone, and goes on when it is back", async () => {
    await on(healthyScene(), "", async (page) => {
      await sees(page, "Live");
      api.isUp = false;
      api.hangUp();
      await sees(page, /What is shown is of 14:31:07/);
      api.isUp = true;
      await sees(page, "Live");
      assertEquals(await page.getByRole("region", { name: "What is wrong" }).count(), 0);
    });
  });

  test("takes names and texts for what they are, whatever is in them", async () => {
    const scene = hostileScene();
    await on(scene, "", async (page) => {
      await sees(page, "__proto__");
      const names = await firstNames(page);
      assert(names.includes("<script>alert(1)</script>"));
      assert(names.includes("gpj.\\u202eexe"));
      assert(names.includes("\\x1b[31mred\\x07"));
      for (const { name } of scene.functions) {
        await page.goto(page.url().replace(/#.*|$/, "#/functions"));
        const link = page.getByRole("rowheader").nth(
          scene.functions.findIndex((f) => f.name === name),
        );
        await link.getByRole("link").click();
        await sees(page, "Since the server started");
        assertEquals(await page.getByRole("heading", { level: 1 }).innerText(), names.shift());
      }
      for (const { handle } of [scene.jobs[0], scene.ended[0]]) {
        await page.goto(page.url().replace(/#.*/, `#/jobs/${encodeURIComponent(handle)}`));
        await page.getByRole("heading", { name: handle }).waitFor();
      }
      await page.goto(page.url().replace(/#.*/, "#/connections?filter=%3Cscript"));
      await sees(page, "1 shown");
      await go(page, "#/dead");
      const [first] = await page.locator(".said").allInnerTexts();
      assertEquals(first, "<script>alert(1)</script>");
      assertEquals((await browser()).complaints, []);
    });
  });

  test("can be used with the keyboard alone", async () => {
    await on(healthyScene(), "#/jobs", async (page) => {
      await sees(page, "Scanned 21 of 21.");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      assertEquals(await page.evaluate("document.activeElement.id"), "main");
      await page.keyboard.press("Tab");
      await page.keyboard.press("ArrowDown");
      await page.waitForURL(/state=waiting/);
    });
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`has nothing that axe objects to, on any page, in ${colorScheme} colours`, async () => {
      await on(sickScene(), "", async (page) => {
        for (const [name, hash] of Object.entries(PAGES)) {
          await go(page, hash);
          assertEquals(await violationsOf(page), [], name);
          await picture(page, `${name.replace(" ", "-")}-${colorScheme}`, true);
        }
        await go(page, "#/jobs?function=index");
        await page.getByRole("button", { name: "Cancel all that match" }).click();
        await page.getByRole("dialog").waitFor();
        assertEquals(await violationsOf(page), [], "dialog");
        api.token = "x";
        await page.reload();
        await page.getByLabel("Token").waitFor();
        assertEquals(await violationsOf(page), [], "login");
      }, { colorScheme });
    });
  }

  test("fits a phone", async () => {
    await on(sickScene(), "", async (page) => {
      for (const [name, hash] of Object.entries(PAGES)) {
        await go(page, hash);
        const width = await page.evaluate("document.documentElement.scrollWidth") as number;
        assert(width <= PHONE.width, `${name} is ${width} wide`);
        await picture(page, `${name.replace(" ", "-")}-phone`);
      }
    }, { viewport: PHONE });
  });
});
