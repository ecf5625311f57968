/**
 * The same tests with our server on loopback and with the real C server.
 *
 * @module
 */
import { Client, type ClientOptions } from "../../mod.ts";
import { Gearmand } from "../support/gearmand.ts";
import { program, type Requirement, testWith } from "../support/programs.ts";
import { startServer } from "../support/server.ts";
import { type RawFunction, RawWorker } from "./raw_worker.ts";

const gearmand = program("gearmand", "gearman-job-server");

/** A client, and the port of the server that it was given. */
export interface Setting {
  readonly client: Client;
  readonly port: number;
}

/** A test with the port of each kind of server, and programs that it needs besides. */
export function testWithEachServer(
  name: string,
  play: (port: number) => Promise<void>,
  needed: readonly Requirement[] = [],
): void {
  testWith(needed, name, async () => {
    await using server = startServer();
    await play(server.port);
  });
  testWith([gearmand, ...needed], `${name}, with the C server`, async () => {
    await using server = await Gearmand.start(gearmand.program);
    await play(server.port);
  });
}

/** A test with a worker, a client and each kind of server. */
export function testWithServers(
  name: string,
  functions: Record<string, RawFunction>,
  body: (setting: Setting) => Promise<void>,
  options: Partial<ClientOptions> = {},
): void {
  testWithEachServer(name, async (port) => {
    using _worker = await RawWorker.start(port, functions);
    await using client = new Client({ servers: [`127.0.0.1:${port}`], ...options });
    await body({ client, port });
  });
}
