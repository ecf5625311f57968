/**
 * The server that stock programs work with: ours, or the real C server when the environment variable
 * `GEARTRAIN_INTEROP_SERVER` is `gearmand`. What passes with both shows that the test itself is right.
 *
 * @module
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ServerOptions } from "../../mod.ts";
import { Gearmand } from "../support/gearmand.ts";
import { program, type Requirement, testWith } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { startServer, type TestServer, untilListed } from "../support/server.ts";

const withGearmand = process.env.GEARTRAIN_INTEROP_SERVER === "gearmand";
const gearmand = program("gearmand", "gearman-job-server");

/** A running job server, whichever it is. */
export type JobServer = Omit<TestServer, "server">;

/** What a test may want of the server. */
export interface JobServerOptions {
  /** Options of ours. */
  readonly options?: ServerOptions;
  /** The same for gearmand. */
  readonly gearmandOptions?: readonly string[];
  /** Why gearmand cannot do what the test shows: the test is not for it then. */
  readonly notGearmand?: string;
}

/** Starts the server, on a given port if it is one that was stopped. */
export async function startJobServer(
  settings: JobServerOptions = {},
  wanted = 0,
): Promise<JobServer> {
  if (!withGearmand) return startServer(settings.options, wanted);
  const options = settings.gearmandOptions ?? [];
  const server = await Gearmand.start(gearmand.program, { port: wanted, options });
  const { port } = server;
  return {
    port,
    stop: () => server.stop(),
    [Symbol.asyncDispose]: () => server.stop(),
    peer: () => RawPeer.connect(port),
    untilListed: (command, line) => untilListed(port, command, line),
  };
}

/** A test of programs of others with a server of its own. */
export function interopTest(
  needed: readonly Requirement[],
  name: string,
  body: (server: JobServer) => Promise<void>,
  settings: JobServerOptions = {},
): void {
  if (withGearmand && settings.notGearmand !== undefined) return;
  testWith(needed, name, async () => {
    await using server = await startJobServer(settings);
    await body(server);
  });
}

/** Waits until a worker can do a function. */
export async function untilCanDo(port: number, func: string, workers = 1): Promise<void> {
  await untilListed(port, "status", new RegExp(`^${func}\\t\\d+\\t\\d+\\t${workers}$`));
}

/** Path of a script beside the tests. */
export function scriptPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
