/**
 * Prometheus itself scrapes a server and answers questions: what it does not understand it would not
 * take.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assertEquals } from "@std/assert";
import { Client, Server, Worker } from "../../mod.ts";
import { freePort } from "../support/gearmand.ts";
import { program, RunningProgram, testWith } from "../support/programs.ts";

const PROMETHEUS = program("prometheus", "prometheus");
const TOKEN = "a-secret-of-this-test";
const DEADLINE = 20_000;
const RETRY = 100;

const directory = mkdtempSync(join(tmpdir(), "geartrain-prometheus-"));
after(() => rmSync(directory, { recursive: true, force: true }));

function configFor(port: number): string {
  const token = join(directory, "token");
  writeFileSync(token, TOKEN);
  const path = join(directory, "prometheus.yml");
  const lines = [
    "global: { scrape_interval: 200ms, scrape_timeout: 200ms }",
    "scrape_configs:",
    "  - job_name: gearman",
    `    authorization: { credentials_file: ${token} }`,
    `    static_configs: [{ targets: ["127.0.0.1:${port}"] }]`,
  ];
  writeFileSync(path, lines.join("\n"));
  return path;
}

/** What Prometheus answers to a query, as soon as it has something that is wanted. */
async function answer(port: number, query: string, wanted: string): Promise<string> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
  let found = "";
  for (const until = Date.now() + DEADLINE; Date.now() < until && found !== wanted;) {
    try {
      const { data } = await (await fetch(url)).json();
      found = data.result.map(({ value }: { value: [number, string] }) => value[1]).join();
    } catch {
      // It has not started yet.
    }
    if (found !== wanted) await pause(RETRY);
  }
  return found;
}

describe("Prometheus", () => {
  testWith(
    [PROMETHEUS],
    "scrapes a server with a token, and answers what it has counted",
    async () => {
      await using server = new Server({
        http: [{ port: 0 }],
        httpTokens: [{ token: TOKEN, readOnly: true }],
        targets: [{ function: "*", wait: 60, run: 60 }],
      });
      const [{ addr }] = await server.http;
      await using _worker = new Worker({
        servers: [server],
        functions: { upper: (job) => job.text().toUpperCase(), '"<b>\u202e': () => "" },
      });
      await using client = new Client({ servers: [server] });
      for (const text of ["a", "b", "c"]) await client.submit("upper", text);
      await client.submit('"<b>\u202e', "");
      const port = await freePort();
      await using _prometheus = new RunningProgram(PROMETHEUS.program, [
        `--config.file=${configFor(addr.port)}`,
        `--storage.tsdb.path=${join(directory, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ]);
      const query = 'gearman_jobs_ended_total{function="upper",outcome="completed"}';
      assertEquals(await answer(port, query, "3"), "3");
      assertEquals(await answer(port, "up", "1"), "1");
      assertEquals(await answer(port, "gearman_up", "1"), "1");
      assertEquals(await answer(port, "sum(gearman_slo_run_good_total)", "4"), "4");
      const bucket = 'gearman_job_total_seconds_bucket{function="upper",le="3600.0"}';
      const either = `${bucket} or ${bucket.replace("3600.0", "3600")}`;
      assertEquals(await answer(port, either, "3"), "3");
    },
  );
});
