/**
 * What the program does when it is called by the name `gearman`, as that tool of gearmand does it:
 * `client.ts` submits jobs, `worker.ts` does them, and `messages.ts` has the words of the tool.
 * @module
 */
import { lookup } from "node:dns/promises";
import process from "node:process";
import { parseServerAddress } from "../../client/server_address.ts";
import { commandHelp } from "../options/help.ts";
import { OptionError } from "../../options/kinds.ts";
import { print } from "../output.ts";
import { writePidFile } from "../serve/pid_file.ts";
import { gearmanClient } from "./client.ts";
import { complain, gearmanServers } from "./messages.ts";
import { GEARMAN_OPTIONS, type GearmanArguments, readGearmanArguments } from "./options.ts";
import { gearmanWorker } from "./worker.ts";

/** @returns the exit status; 0 also when no server can be connected to. */
export async function gearman(args: readonly string[]): Promise<number> {
  try {
    const given = readGearmanArguments(args);
    if (given.settings.help) {
      print(help());
      return 0;
    }
    if (given.settings.functions.length === 0) throw new OptionError("No Functions were provided");
    const { pidFile } = given.settings;
    const removePidFile = pidFile === undefined ? () => {} : writePidFile(pidFile);
    try {
      return await run(given);
    } finally {
      removePidFile();
    }
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(
      `gearman\tError in usage(${error.message}); gearman -H shows the options.\n`,
    );
    return 1;
  }
}

async function run(given: GearmanArguments): Promise<number> {
  const { worker } = given.settings;
  const where = worker ? "gearman_worker_add_server" : "gearman_client_add_server";
  let servers: string[];
  try {
    servers = gearmanServers(given.settings);
    if (worker) await checkNames(servers);
  } catch (error) {
    if (error instanceof OptionError) throw error;
    complain(where, (error as Error).message);
    return worker ? 1 : 0;
  }
  return await (worker ? gearmanWorker : gearmanClient)(given, servers);
}

/** Refuses names without an address: a worker would try for ever to connect to them. */
async function checkNames(servers: readonly string[]): Promise<void> {
  for (const server of servers) {
    const { target } = parseServerAddress(server);
    if (!("hostname" in target) || target.hostname === undefined) continue;
    await lookup(target.hostname).catch(() => {
      throw new TypeError(`${server} getaddrinfo: the name has no address`);
    });
  }
}

function help(): string {
  return commandHelp({
    name: "gearman",
    summary: "Submit jobs, or do them.",
    usage: "-f FUNC [OPTIONS] [DATA...], or gearman -w -f FUNC [OPTIONS] [-- CMD [ARGS]]",
    introduction: "Called by the name gearman, geartrain does what that tool does. " +
      "`geartrain submit` and `geartrain work` do more.",
    options: GEARMAN_OPTIONS,
    examples: [],
    sections: [{
      title: "Environment",
      rows: [
        ["GEARMAN_SERVER", "Servers instead of -h and -p, HOST or HOST:PORT with commas."],
        ["GEARMAN_SERVERS", "More servers."],
      ],
    }, {
      title: "Exit status",
      rows: [
        ["0", "No job failed, even if none could be submitted."],
        ["1", "A job failed, or an option is wrong."],
      ],
    }],
  }).replaceAll("geartrain gearman", "gearman");
}
