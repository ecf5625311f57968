import { setTimeout as pause } from "node:timers/promises";
import type { Postgres } from "../../../support/postgres.ts";
import type { RandomNumbers } from "../../../support/random_numbers.ts";
import type { History } from "../history.ts";
import type { ClusterServer } from "./cluster_server.ts";

/** What faults are made of. */
export interface Scene {
  readonly servers: readonly ClusterServer[];
  readonly postgres: Postgres;
  readonly history: History;
  readonly random: RandomNumbers;
  /** Runs statements in the database of the queue. */
  sql(statements: string): Promise<string>;
}

/** Happens to a server, and is over when it resolves. */
type ServerFault = (server: ClusterServer, scene: Scene) => Promise<void>;
/** Happens to the database. */
type EngineFault = (scene: Scene) => Promise<void>;

/** Longer than others wait until they declare a server dead: for a while it must be another one's. */
const LONG = { from: 9500, spread: 2500 };
const SHORT = { from: 100, spread: 1200 };

/** Faults by what is said of who has them, and how often they come in comparison. */
type Faults<Fault> = Readonly<Record<string, { readonly weight: number; readonly happen: Fault }>>;

export const SERVER_FAULTS: Faults<ServerFault> = {
  "is killed": { weight: 3, happen: killed },
  "is stopped gracefully": { weight: 1, happen: stopped },
  "is frozen for a moment": { weight: 3, happen: frozen(SHORT) },
  "loses its connections": { weight: 6, happen: reset },
  "is cut off for a moment": { weight: 5, happen: cutOff(SHORT) },
  "has a slow link": { weight: 4, happen: slowed },
};

/** Those that take longer than others wait. */
export const LONG_FAULTS: Faults<ServerFault> = {
  "is frozen": { weight: 1, happen: frozen(LONG) },
  "is cut off": { weight: 1, happen: cutOff(LONG) },
};

export const ENGINE_FAULTS: Faults<EngineFault> = {
  "crashes": { weight: 1, happen: crashed },
  "is restarted": { weight: 1, happen: restarted },
  "ends sessions": { weight: 4, happen: sessionsEnded },
  "has an old transaction": { weight: 1, happen: oldTransaction },
};

async function killed(server: ClusterServer, { random }: Scene): Promise<void> {
  await server.kill();
  await pause(random(500));
  await server.start();
}

async function stopped(server: ClusterServer, { history }: Scene): Promise<void> {
  await server.stop(history);
  await server.start();
}

function frozen(time: { from: number; spread: number }): ServerFault {
  return async (server, { random }) => {
    server.freeze();
    await pause(time.from + random(time.spread));
    server.thaw();
  };
}

function cutOff(time: { from: number; spread: number }): ServerFault {
  return async ({ link }, { random }) => {
    link.cut();
    await pause(time.from + random(time.spread));
    link.heal();
  };
}

async function reset({ link }: ClusterServer, { random }: Scene): Promise<void> {
  link.reset();
  await pause(random(200));
}

async function slowed({ link }: ClusterServer, { random }: Scene): Promise<void> {
  link.slow(5 + random(100));
  await pause(SHORT.from + random(SHORT.spread));
  link.slow(0);
}

async function crashed({ postgres, random }: Scene): Promise<void> {
  await postgres.kill();
  await pause(random(800));
  await postgres.restart();
}

async function restarted({ postgres, random }: Scene): Promise<void> {
  await postgres.stop();
  await pause(random(300));
  await postgres.restart();
}

async function sessionsEnded({ sql, random }: Scene): Promise<void> {
  await sql(`select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()
    order by random() limit ${1 + random(4)}) sessions`);
}

/** What is deleted cannot be cleared away meanwhile. */
async function oldTransaction({ sql, random }: Scene): Promise<void> {
  const seconds = 1 + random(4);
  await sql(`begin isolation level repeatable read; select txid_current();
    select pg_sleep(${seconds}); commit`);
}
