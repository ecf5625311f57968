import { after, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Client, Server, Worker } from "../../../mod.ts";
import { unless } from "../../support/unless.ts";
import { TestBrowser, withoutBrowser } from "./browser.ts";

const TOKEN = "a-secret-of-this-test";
const NAME = "<b>gro\u00df</b>/\u202e";

let browser: TestBrowser | undefined;
after(async () => await browser?.close());

test(
  ...unless(
    withoutBrowser,
    "the dashboard of a server shows, finds and cancels jobs after a login",
  ),
  async () => {
    const server = new Server({
      http: [{ port: 0 }],
      httpTokens: [{ token: TOKEN }],
      httpPayloads: true,
    });
    const [{ addr }] = await server.http;
    browser = await TestBrowser.at(addr.port, () => server.stop());
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

    for (const place of ["workers", "connections", "server"]) {
      await page.goto(page.url().replace(/#.*/, `#/${place}`));
      await page.getByRole("heading", { level: 1 }).waitFor();
    }
    await page.getByRole("button", { name: "Drain" }).click();
    await page.getByRole("button", { name: "Drain the server" }).click();
    await page.getByText("The server drains: it refuses new jobs").waitFor();
    assertEquals(browser.complaints, []);
  },
);
