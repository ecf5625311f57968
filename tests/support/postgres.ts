/**
 * A PostgreSQL of a test's own: in a temporary folder, on a free port of 127.0.0.1 and a unix socket.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isRoot, userNamed } from "../../cli/serve/user.ts";
import { freePort } from "./gearmand.ts";
import { program, run } from "./programs.ts";
import { unless } from "./unless.ts";

/** How long it may take to start, in milliseconds. */
const DEADLINE = 60_000;
/** How long to wait between two looks, in milliseconds. */
const RETRY = 10;
/** Where Debian keeps the programs of each version. */
const DEBIAN = "/usr/lib/postgresql";

/** Settings of a PostgreSQL that is thrown away: it writes nothing that a power cut could not destroy. */
const SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  shared_buffers: "32MB",
  max_connections: "100",
  // Of crashes that tests make, it is to recover at once.
  max_wal_size: "256MB",
  log_destination: "stderr",
};

/** The folder of its programs, which `GEARTRAIN_POSTGRES` names or Debian has; undefined without. */
const programs = process.env.GEARTRAIN_POSTGRES ?? programFolder();
const absent = programs === undefined && "Debian package postgresql is not installed";
const isRequired = process.env.GEARTRAIN_REQUIRE_INTEROP === "1";
/** Why tests of it are skipped, or false: where it is required they fail. */
export const postgresIsAbsent: string | false = !isRequired && absent;

function programFolder(): string | undefined {
  const versions = fs.existsSync(DEBIAN) ? fs.readdirSync(DEBIAN) : [];
  const folders = versions.sort((a, b) => Number(b) - Number(a)).map((version) =>
    join(DEBIAN, version, "bin")
  );
  const { present, program: initdb } = program("initdb", "postgresql");
  if (present) folders.push(join(initdb, ".."));
  return folders.find((folder) => fs.existsSync(join(folder, "initdb")));
}

/** What a PostgreSQL is started with. */
export interface PostgresOptions {
  /** Settings of postgresql.conf beside those of all tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf; everybody is trusted without. */
  readonly hba?: readonly string[];
  /** Files that are put into its folder, by name; only its user can read them. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A PostgreSQL that runs, unless it was stopped or killed. Its superuser is `postgres`. */
export class Postgres implements AsyncDisposable {
  /** The port on 127.0.0.1; it stays the same from start to start. */
  readonly port: number;
  /** The folder of its unix socket. */
  readonly socketFolder: string;
  readonly #folder: string;
  #process: ChildProcess | null = null;
  #databases = 0;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.socketFolder = folder;
    this.port = port;
  }

  /** Makes an empty one, starts it, and waits until it can be used. */
  static async start(options: PostgresOptions = {}): Promise<Postgres> {
    // The path of a unix socket has about 100 bytes at most.
    const folder = fs.mkdtempSync(join(tmpdir(), "gtpg-"));
    const postgres = new Postgres(folder, await freePort());
    try {
      postgres.#initialize(options);
      await postgres.restart();
      return postgres;
    } catch (error) {
      await postgres[Symbol.asyncDispose]();
      throw error;
    }
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  #initialize({ settings, hba, files = {} }: PostgresOptions): void {
    if (isRoot()) {
      const { uid, gid } = userNamed("nobody");
      fs.chownSync(this.#folder, uid, gid);
    }
    this.#asUser(
      join(programs!, "initdb"),
      ...["--pgdata", this.#data, "--username=postgres", "--auth=trust", "--no-sync"],
      ...["--encoding=UTF8", "--locale=C"],
    );
    const all = {
      ...SETTINGS,
      listen_addresses: "127.0.0.1",
      port: `${this.port}`,
      unix_socket_directories: this.socketFolder,
      ...settings,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'\n`);
    fs.appendFileSync(join(this.#data, "postgresql.conf"), lines.join(""));
    for (const [name, text] of Object.entries(files)) this.writeFile(name, text);
    if (hba !== undefined) this.writeFile("pg_hba.conf", hba.join("\n") + "\n");
  }

  /** Writes a file of its folder, which only its user can read. */
  writeFile(name: string, text: string): void {
    const path = join(this.#data, name);
    fs.writeFileSync(path, text, { mode: 0o600 });
    const { uid, gid } = fs.statSync(this.#data);
    fs.chownSync(path, uid, gid);
  }

  /** The URL of a database, as its superuser by TCP. */
  url(database = "postgres", user = "postgres"): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes a new database, as another one is or empty, and says its URL. */
  async database(template = "template1"): Promise<string> {
    const name = `test_${++this.#databases}`;
    await this.sql(`create database ${name} template ${template}`);
    return this.url(name);
  }

  /**
   * Runs statements with `psql` and says what they answer: a line a row, columns parted by `|`.
   *
   * @param url of a database; that of its superuser without.
   */
  async sql(statements: string, url: string = this.url()): Promise<string> {
    const args = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
    const psql = psqlProgram();
    const all = [...args, "--set=ON_ERROR_STOP=1", url.replace(/\?.*/, "")];
    const { code, stdout, stderr } = await run(psql, all, statements);
    if (code !== 0) throw new Error(stderr);
    return stdout.trimEnd();
  }

  /** Ends all, as `kill -9` of each of its processes does. */
  async kill(): Promise<void> {
    await this.#end("SIGQUIT");
  }

  /** Ends it as an administrator does: what is under way is broken off. */
  async stop(): Promise<void> {
    await this.#end("SIGINT");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    process.kill(child.pid!, signal);
    await exited;
  }

  /** Starts it after it was stopped or killed, or stops it before. */
  async restart(): Promise<void> {
    await this.stop();
    const log = fs.openSync(join(this.#folder, "log"), "a");
    const [path, ...args] = asUser(join(programs!, "postgres"), ["-D", this.#data]);
    const child = spawn(path, args, { stdio: ["ignore", log, log], cwd: this.#folder });
    fs.closeSync(log);
    this.#process = child;
    for (const until = Date.now() + DEADLINE; Date.now() < until; await pause(RETRY)) {
      if (child.exitCode !== null) break;
      if (this.#isReady(child.pid!)) return;
    }
    throw new Error(`PostgreSQL does not start:\n${this.log()}`);
  }

  /** Its file says what it does: its process is named in the first line, its state in the last. */
  #isReady(pid: number): boolean {
    try {
      const lines = fs.readFileSync(join(this.#data, "postmaster.pid"), "utf8").split("\n");
      return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
    } catch {
      return false;
    }
  }

  /** Keeps what it has now for {@linkcode failOver}. It is restarted. */
  async keepStandby(): Promise<void> {
    await this.stop();
    this.#asUser("cp", "-a", this.#data, this.#standby);
    await this.restart();
  }

  /**
   * It is killed, and in its place a standby takes over that has heard of nothing since
   * {@linkcode keepStandby}.
   */
  async failOver(): Promise<void> {
    await this.kill();
    fs.rmSync(this.#data, { recursive: true });
    fs.renameSync(this.#standby, this.#data);
    // Its log ends, and so it goes on by itself.
    this.writeFile("recovery.signal", "");
    fs.appendFileSync(join(this.#data, "postgresql.conf"), "restore_command = 'false'\n");
    await this.restart();
  }

  get #standby(): string {
    return join(this.#folder, "standby");
  }

  #asUser(...command: readonly string[]): void {
    const [path, ...args] = asUser(command[0], command.slice(1));
    const { status, stderr } = spawnSync(path, args, { encoding: "utf8", cwd: this.#folder });
    if (status !== 0) throw new Error(`${command[0]}: ${stderr}`);
  }

  /** What it has written into its log. */
  log(): string {
    return fs.readFileSync(join(this.#folder, "log"), "utf8");
  }

  /** Ends it and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** That of the same folder; some who make packages of other versions leave it out. */
function psqlProgram(): string {
  const own = join(programs!, "psql");
  return fs.existsSync(own) ? own : program("psql", "postgresql-client").program;
}

/** A command line that has not the rights of root: PostgreSQL refuses them. */
function asUser(path: string, args: readonly string[]): string[] {
  if (!isRoot()) return [path, ...args];
  const { uid, gid } = userNamed("nobody");
  const { program: setpriv } = program("setpriv", "util-linux");
  return [setpriv, `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--", path, ...args];
}

/**
 * A group of tests with a PostgreSQL of its own, which is started before them. Where it is not
 * installed, the group is skipped and its name says so.
 */
export function describeWithPostgres(
  name: string,
  body: (postgres: () => Postgres) => void,
  options: PostgresOptions = {},
): void {
  const [title, settings] = unless(postgresIsAbsent, name);
  describe(title, settings, () => {
    let postgres: Postgres | undefined;
    before(async () => {
      if (absent !== false) throw new Error(absent);
      postgres = await Postgres.start(options);
    });
    after(() => postgres?.[Symbol.asyncDispose]());
    body(() => postgres!);
  });
}
