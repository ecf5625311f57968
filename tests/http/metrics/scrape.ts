import { assertEquals } from "@std/assert";
import type { TestApp } from "../../support/http_app.ts";

/** What Prometheus sends. */
export const OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.5," +
  "text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

/** The text of all metrics. */
export async function scrapeText(app: TestApp, accept = "*/*"): Promise<string> {
  const response = await app.ask("/metrics", { headers: { accept } });
  assertEquals(response.status, 200);
  return await response.text();
}

/** All samples by their names with labels, as they stand there. No two have the same. */
export async function scrape(app: TestApp, accept?: string): Promise<Map<string, number>> {
  return samplesOf(await scrapeText(app, accept));
}

/** The samples in a text. */
export function samplesOf(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const end = line.lastIndexOf(" ");
    const name = line.slice(0, end);
    assertEquals(samples.has(name), false, `${name} is there twice`);
    samples.set(name, Number(line.slice(end + 1).replace("Inf", "Infinity")));
  }
  return samples;
}

/** Those of them whose names begin like that. */
export function starting(samples: Map<string, number>, ...names: string[]): [string, number][] {
  return [...samples].filter(([name]) => names.some((start) => name.startsWith(start)));
}
