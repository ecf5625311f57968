/**
 * Debian's Chromium with the dashboard in it.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type HttpHandler, listenHttp } from "../../../transport/http/listen.ts";
import { ROOT, withoutPackages } from "../../support/runtimes.ts";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** How long the browser may take for one step, in milliseconds. */
const DEADLINE = 15_000;

/** Why there is no browser to test with, or false if there is one. */
export const withoutBrowser: string | false = withoutPackages ||
  (existsSync(CHROMIUM) || process.env.GEARTRAIN_REQUIRE_INTEROP
    ? false
    : "chromium is not installed");

/** Where screenshots go; none are taken if it is not said. */
const SCREENSHOTS = process.env.GEARTRAIN_SCREENSHOTS;

/** A browser, and a server on a port of its own that it looks at. */
export class TestBrowser {
  readonly #browser: Browser;
  readonly #close: () => Promise<void>;
  readonly #origin: string;
  /** What pages have complained about. */
  readonly complaints: string[] = [];

  private constructor(browser: Browser, origin: string, close: () => Promise<void>) {
    this.#browser = browser;
    this.#origin = origin;
    this.#close = close;
  }

  /** With a server that answers as it is told. */
  static async open(handler: HttpHandler): Promise<TestBrowser> {
    const listener = listenHttp({ hostname: "127.0.0.1", port: 0 }, { handler, report() {} });
    await listener.ready;
    return await TestBrowser.at(listener.addr.port, () => listener.close());
  }

  /** With a server on a port of this machine. */
  static async at(port: number, close: () => Promise<void>): Promise<TestBrowser> {
    // It would look for Windows in /proc, which tests may not read.
    process.env.__IS_WSL_TEST__ = "1";
    const { chromium } = await import("playwright-core");
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: FLAGS,
      timeout: 60_000,
    });
    return new TestBrowser(browser, `http://127.0.0.1:${port}`, async () => {
      await browser.close();
      await close();
    });
  }

  /** A page of the dashboard, in a browser that knows nothing of those before. */
  async page(hash: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 860 },
      locale: "en-GB",
      timezoneId: "UTC",
      ...options,
    });
    context.setDefaultTimeout(DEADLINE);
    const page = await context.newPage();
    page.on("console", (message) => {
      // A refused question is one of the things that are tested.
      const text = message.text();
      if (message.type() === "error" && !text.startsWith("Failed to load resource")) {
        this.complaints.push(text);
      }
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("dialog", (dialog) => this.complaints.push(`dialog: ${dialog.message()}`));
    await page.goto(`${this.#origin}/${hash}`);
    return page;
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

/** What axe finds wrong with a page, each with the elements. */
export async function violationsOf(page: Page): Promise<string[]> {
  if (await page.evaluate("window.axe === undefined")) {
    const path = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
    // As a debugger does: the policy of the page forbids what a tag would bring.
    await page.evaluate(`${readFileSync(path, "utf8")}; undefined`);
  }
  const found: { id: string; nodes: { html: string; any: { message: string }[] }[] }[] = await page
    .evaluate("axe.run().then(({ violations }) => violations)");
  return found.map(({ id, nodes }) =>
    `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ""}`).join("\n")}`
  );
}

/** Keeps a picture of the page, if somebody wants them. */
export async function picture(page: Page, name: string, isWhole = false): Promise<void> {
  if (SCREENSHOTS === undefined) return;
  const folder = join(ROOT, SCREENSHOTS);
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: isWhole });
}
