import { setTimeout as pause } from "node:timers/promises";
import { Admin, type Worker } from "../../../mod.ts";
import type { Postgres } from "../../support/postgres.ts";
import { randomNumbers } from "../../support/random_numbers.ts";
import { check, type Violation } from "./check.ts";
import { ClusterServer } from "./cluster/cluster_server.ts";
import { readEngineLog, readRows, startEngineLog } from "./cluster/engine_log.ts";
import { Storm } from "./cluster/storm.ts";
import { emptyHistory, type History } from "./history.ts";
import { LoadClient } from "./load/clients.ts";
import { Operator } from "./load/operator.ts";
import { SqlClient } from "./load/sql_submits.ts";
import { loadWorker } from "./load/workers.ts";

const SERVERS = ["a", "b", "c"];
const CLIENTS_EACH = 2;
const WORKERS_EACH = 2;
/** How long all that was submitted may take when the faults are over, in milliseconds. */
const DRAIN_TIME = 60_000;
/** How old counts may be, in milliseconds. */
const AGE_OF_COUNTS = 3000;

/** What came of a run. */
export interface Outcome {
  readonly history: History;
  readonly violations: readonly Violation[];
  /** The logs of the servers. */
  readonly logs: Readonly<Record<string, readonly string[]>>;
}

/** Three servers, clients and workers, and so many faults; then all that was seen is checked. */
export async function runChecker(
  postgres: Postgres,
  rounds: number,
  seed: number,
): Promise<Outcome> {
  const url = await postgres.database();
  const database = url.slice(url.lastIndexOf("/") + 1);
  const sql = (statements: string) => postgres.sql(statements, url);
  const random = randomNumbers(seed);
  const history = emptyHistory();
  const servers: ClusterServer[] = [];
  try {
    for (const name of SERVERS) {
      servers.push(await ClusterServer.create(name, postgres.port, database));
    }
    const [first, ...others] = servers;
    await first.start();
    await Promise.all([startEngineLog(sql), ...others.map((server) => server.start())]);
    const load = new Load(servers, history, random, sql);
    await new Storm({ servers, postgres, history, random, sql }).rage(rounds);
    await load.stop();
    await isDrained(sql);
    await readEnd(servers, history, sql);
    await load.close();
    for (const server of servers) await server.stop(history);
    history.engine.push(...await readEngineLog(sql));
    const logs = Object.fromEntries(servers.map(({ name, log }) => [name, log]));
    return { history, violations: check(history), logs };
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]();
  }
}

/** Clients and workers of all servers. */
class Load {
  readonly #clients: LoadClient[] = [];
  readonly #workers: Worker[] = [];
  readonly #sqlClient: SqlClient;
  readonly #operator: Operator;
  readonly #running: Promise<void>[];

  constructor(
    servers: readonly ClusterServer[],
    history: History,
    random: (below: number) => number,
    sql: (statements: string) => Promise<string>,
  ) {
    const any = () => this.#clients[random(this.#clients.length)];
    for (const server of servers) {
      for (let index = 0; index < CLIENTS_EACH; index++) {
        const name = `${server.name}${index}`;
        this.#clients.push(new LoadClient(name, server, history, random, any));
      }
      for (let index = 0; index < WORKERS_EACH; index++) {
        this.#workers.push(loadWorker(server, history, random));
      }
    }
    this.#sqlClient = new SqlClient(sql, history, random);
    this.#operator = new Operator(servers, history, random);
    this.#running = [...this.#clients, this.#sqlClient, this.#operator].map((one) => one.run());
  }

  /** Nothing is submitted or paused any more; all submits are answered when it resolves. */
  async stop(): Promise<void> {
    for (const one of [...this.#clients, this.#sqlClient, this.#operator]) one.stop();
    await Promise.all(this.#running);
  }

  async close(): Promise<void> {
    await Promise.all([
      ...this.#clients.map((client) => client.close()),
      ...this.#workers.map(
        (worker) => worker.stop(),
      ),
    ]);
  }
}

/** Resolves when there are no jobs any more, or they have not become fewer for long enough. */
async function isDrained(sql: (statements: string) => Promise<string>): Promise<void> {
  let fewest = Infinity;
  for (let until = 0; fewest === Infinity || Date.now() < until; await pause(200)) {
    const count = Number(await sql("select count(*) from geartrain.job"));
    if (count === 0) return;
    if (count >= fewest) continue;
    fewest = count;
    until = Date.now() + DRAIN_TIME;
  }
}

/** What is left, and what the servers say that there is. */
async function readEnd(
  servers: readonly ClusterServer[],
  history: History,
  sql: (statements: string) => Promise<string>,
): Promise<void> {
  await pause(AGE_OF_COUNTS);
  history.rowsAtEnd = await readRows(sql);
  for (const { name, port } of servers) {
    await using admin = new Admin(`127.0.0.1:${port}`);
    try {
      for (const { function: functionName, jobs } of (await admin.status()).rows) {
        history.countsAtEnd.push({ server: name, functionName, jobs });
      }
    } catch {
      history.silentAtEnd.push(name);
    }
  }
}
