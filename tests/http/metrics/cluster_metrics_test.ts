import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { ClusterCounts } from "../../../http/parts.ts";
import { FakeCluster } from "../../support/fake_cluster.ts";
import { TestApp } from "../../support/http_app.ts";
import { scrape, starting } from "./scrape.ts";

function counts(name: string, more: Partial<ClusterCounts> = {}): ClusterCounts {
  return {
    functionName: new TextEncoder().encode(name),
    waiting: [0, 0, 0],
    scheduled: [0, 0, 0],
    claimed: [0, 0, 0],
    workers: 0,
    running: 0,
    ...more,
  };
}

describe("/metrics of a server in a cluster", () => {
  test("name the cluster in all that each server tells of it, and nothing of it without one", async () => {
    const cluster = new FakeCluster();
    cluster.found = [
      counts("resize", { waiting: [1, 20, 0], claimed: [0, 3, 1], workers: 6, running: 2 }),
      counts("mail", { scheduled: [0, 0, 5] }),
    ];
    cluster.health = [
      { name: "oldest_transaction_seconds", value: 70, trouble: "a transaction is open for 70 s" },
      { name: "dead_rows", value: 4000, trouble: null },
      { name: "job_table_bytes", value: 65536, trouble: null },
      { name: "beat_milliseconds", value: 4, trouble: null },
    ];
    const samples = await scrape(new TestApp({ cluster }));
    const of = 'cluster="H:shop:000000000"';
    assertEquals(starting(samples, "geartrain_cluster_", "gearman_store_"), [
      ["gearman_store_reachable", 1],
      ["gearman_store_beat_seconds", 0.004],
      ["gearman_store_troubles", 1],
      [
        `geartrain_cluster_jobs{${of},function="mail",state="waiting",priority="normal"}`,
        0,
      ],
      [`geartrain_cluster_jobs{${of},function="mail",state="scheduled",priority="low"}`, 5],
      [`geartrain_cluster_jobs{${of},function="resize",state="waiting",priority="high"}`, 1],
      [`geartrain_cluster_jobs{${of},function="resize",state="waiting",priority="normal"}`, 20],
      [`geartrain_cluster_jobs{${of},function="resize",state="claimed",priority="normal"}`, 3],
      [`geartrain_cluster_jobs{${of},function="resize",state="claimed",priority="low"}`, 1],
      [`geartrain_cluster_jobs_running{${of},function="mail"}`, 0],
      [`geartrain_cluster_jobs_running{${of},function="resize"}`, 2],
      [`geartrain_cluster_workers{${of},function="mail"}`, 0],
      [`geartrain_cluster_workers{${of},function="resize"}`, 6],
      [`geartrain_cluster_servers{${of}}`, 2],
      [`geartrain_cluster_server_claimed{${of},server="web-2",address="web-2:4730"}`, 0],
      [`geartrain_cluster_server_claimed{${of},server="web-1",address="web-1:4730"}`, 3],
      [
        `geartrain_cluster_server_silence_seconds{${of},server="web-2",address="web-2:4730"}`,
        1.25,
      ],
      [
        `geartrain_cluster_server_silence_seconds{${of},server="web-1",address="web-1:4730"}`,
        0.5,
      ],
      [`geartrain_cluster_engine_oldest_transaction_seconds{${of}}`, 70],
      [`geartrain_cluster_engine_dead_rows{${of}}`, 4000],
      [`geartrain_cluster_engine_bytes{${of}}`, 65536],
    ]);
    assertEquals(starting(await scrape(new TestApp()), "geartrain_", "gearman_store_"), []);
  });

  test("put functions together of which there are more than have metrics of their own", async () => {
    const cluster = new FakeCluster();
    cluster.found = ["d", "b", "a", "c"].map((name, index) =>
      counts(name, { waiting: [0, 2 ** index, 0], workers: 1 })
    );
    const samples = await scrape(new TestApp({ cluster, metricFunctions: 2 }));
    const of = 'cluster="H:shop:000000000"';
    const waiting = (name: string) =>
      `geartrain_cluster_jobs{${of},function="${name}",state="waiting",priority="normal"}`;
    assertEquals(starting(samples, "geartrain_cluster_jobs{"), [
      [waiting("a"), 4],
      [waiting("b"), 2],
      [waiting("other"), 9],
    ]);
    assertEquals(samples.get(`geartrain_cluster_workers{${of},function="other"}`), 2);
  });

  test("have one line for a server that was just started anew", async () => {
    const cluster = new FakeCluster();
    const [server] = cluster.members;
    cluster.members = [{ ...server, claimed: 4, silence: 2500 }, { ...server, silence: 100 }];
    const lines = starting(await scrape(new TestApp({ cluster })), "geartrain_cluster_server_");
    assertEquals(lines.map(([, value]) => value), [4, 0.1]);
  });

  test("have nothing of a cluster that cannot be asked, and say so", async () => {
    const cluster = new FakeCluster();
    const app = new TestApp({ cluster });
    cluster.failure = new Error("postgres://db:5432/jobs: no answer");
    assertEquals(starting(await scrape(app), "geartrain_cluster_"), []);
    assertEquals(app.reports, ["postgres://db:5432/jobs: no answer"]);
    cluster.unreachable = "Its queue cannot be reached";
    assertEquals(starting(await scrape(app), "geartrain_cluster_", "gearman_store_reach"), [
      ["gearman_store_reachable", 0],
    ]);
    assertEquals(app.reports.length, 1);
  });
});
