import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { FAMILIES, labelsOf } from "../../../http/metrics/families.ts";
import { FakeCluster } from "../../support/fake_cluster.ts";
import { TestApp } from "../../support/http_app.ts";
import { routerWithSchedules, schedules } from "../../support/schedules.ts";
import { scrape } from "./scrape.ts";

function someCluster(): FakeCluster {
  const cluster = new FakeCluster();
  const [functionName, none] = [new TextEncoder().encode("f"), [0, 0, 0] as const];
  cluster.found = [{
    ...{ functionName, waiting: none, scheduled: none, claimed: none, workers: 1, running: 1 },
  }];
  const facts = ["oldest_transaction_seconds", "dead_rows", "job_table_bytes", "connections"];
  cluster.health = facts.map((name) => ({ name, value: 1, trouble: null }));
  return cluster;
}

/** A sample of each family with labels of its own. */
async function samples(): Promise<string[]> {
  const { router, clock, peer, keeper } = routerWithSchedules({ history: true });
  keeper.configure(schedules({ name: "nightly", every: 3600, function: "f" }));
  keeper.run("nightly", null);
  const app = new TestApp({ router, cluster: someCluster() }, clock);
  const lost = peer();
  for (let job = 0; job < 3; job++) peer().submit("SUBMIT_JOB_BG", "f", "", "x");
  lost.send("CAN_DO", "f").send("GRAB_JOB");
  lost.vanish();
  peer().send("WORK_FAIL", "H:test:999");
  return [...(await scrape(app)).keys()];
}

test("samples have the labels that the table of metrics says", async () => {
  const seen = new Set<string>();
  for (const sample of await samples()) {
    const [, name, braces = ""] = /^(\w+)(?:\{(.*)\})?$/.exec(sample)!;
    const family = FAMILIES.find((family) =>
      family.name === name ||
      family.type === "histogram" && name.replace(/_(bucket|sum|count)$/, "") === family.name
    );
    assert(family !== undefined, name);
    const labels = labelsOf(family).filter((label) => label !== "le" || name.endsWith("_bucket"));
    assertEquals([...braces.matchAll(/(\w+)="/g)].map(([, label]) => label), labels, sample);
    seen.add(family.name);
  }
  const missing = FAMILIES.filter(({ name, labels }) => labels !== undefined && !seen.has(name));
  assertEquals(missing.map(({ name }) => name), []);
});
