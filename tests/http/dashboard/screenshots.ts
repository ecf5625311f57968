/**
 * Makes the pictures of docs/dashboard/, of a geartrain and a gearmand that have had work for some
 * minutes: `bun tests/http/dashboard/screenshots.ts [MINUTES]`.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { Gearmand } from "../../support/gearmand.ts";
import { Program, startServe } from "../../support/program.ts";
import { program } from "../../support/programs.ts";
import { RawPeer } from "../../support/raw_peer.ts";
import { ROOT } from "../../support/runtimes.ts";
import { TestBrowser } from "./browser.ts";
import { Shop } from "./shop.ts";

const MINUTES = 6;
/** How long a bad day lasts until its picture is taken, in milliseconds. */
const BAD_DAY = 30_000;
/** Pages are shown as long as they are, but not shorter. */
const DESKTOP = { viewport: { width: 1280, height: 480 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 };

async function picture(page: Page, name: string, isWhole = true): Promise<void> {
  const path = join(ROOT, "docs/dashboard", `${name}.png`);
  await page.screenshot({ path, fullPage: isWhole, animations: "disabled" });
}

/** Goes to another page, and waits until something of it is there. */
async function go(page: Page, hash: string, text: string): Promise<void> {
  await page.goto(page.url().replace(/#.*/, hash));
  await page.getByText(text).first().waitFor();
  await pause(3000);
}

/** A server of ours, on a day that begins well. */
async function ofGeartrain(time: number): Promise<void> {
  await using server = startServe([
    ...["--http", "0", "--http-payloads", "--job-handle-prefix", "H:shop"],
  ]);
  const port = await server.port();
  const [, httpPort] = /:(\d+)$/.exec(await server.line(/HTTP is served on /))!;
  await using shop = new Shop(port);
  const browser = await TestBrowser.at(Number(httpPort), () => Promise.resolve());
  try {
    const page = await browser.page("#/functions", { ...DESKTOP, colorScheme: "light" });
    const dark = await browser.page("#/functions", { ...DESKTOP, colorScheme: "dark" });
    const phone = await browser.page("#/functions", PHONE);
    await pause(time);
    await picture(page, "functions-light");
    await go(page, "#/functions/mail.send", "Last failures");
    await page.setViewportSize({ width: 1280, height: 900 });
    await picture(page, "function", false);
    await page.setViewportSize(DESKTOP.viewport);
    await page.getByRole("table", { name: "Last failures" }).getByRole("link", { name: "H:shop" })
      .first().click();
    await go(page, `${new URL(page.url()).hash}?view=full`, "Timeline");
    await picture(page, "failed-job");

    using peer = await RawPeer.connect(port);
    await peer.send("maxqueue index.product 400\n").nextLine();
    await Promise.all([shop.leave("resize"), shop.flood("index.product", 500)]);
    await pause(BAD_DAY);
    await picture(dark, "functions-dark");
    await picture(phone, "functions-phone", false);
  } finally {
    await browser.close();
  }
}

/** gearmand, with the same work. */
async function ofGearmand(time: number): Promise<void> {
  const { program: path } = program("gearmand", "gearman-job-server");
  await using server = await Gearmand.start(path);
  await using shop = new Shop(server.port);
  await using dash = new Program(["dash", "--server", `127.0.0.1:${server.port}`, "--http", "0"]);
  const [, place] = /:(\d+)\/$/.exec(await dash.outputLine(/is at /))!;
  const browser = await TestBrowser.at(Number(place), () => Promise.resolve());
  try {
    const page = await browser.page("#/functions", { ...DESKTOP, colorScheme: "light" });
    await pause(time);
    await shop.leave("thumbnail");
    await pause(BAD_DAY);
    await picture(page, "gearmand");
  } finally {
    await browser.close();
  }
}

const minutes = Number(process.argv[2] ?? MINUTES);
// Both end what they have started, whichever fails.
const ends = await Promise.allSettled([ofGeartrain(minutes * 60_000), ofGearmand(60_000)]);
const failures = ends.filter((end) => end.status === "rejected");
for (const { reason } of failures) console.error(reason);
process.exit(failures.length === 0 ? 0 : 1);
