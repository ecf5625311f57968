import { flag } from "../options/kinds.ts";
import { inGroup, type SettingsOf } from "../options/rows.ts";
import { type Command, command } from "./command.ts";
import { SERVER_ROWS, serverAddress, serverTimeout } from "./options/servers.ts";
import { plainText } from "../router/log/text.ts";
import { print } from "./output.ts";
import { TextConnection } from "../client/admin/text_connection.ts";
import { CommandRefusedError } from "../client/admin/errors.ts";

const ROWS = {
  ...SERVER_ROWS,
  ...inGroup("Question", {
    ready: {
      kind: flag,
      help: "Ask whether the server serves: it does not while it reads stored jobs or stops. A " +
        "server that does not know this question is ready when it answers.",
    },
  }),
};

/** `geartrain health`: does a job server answer? */
export const HEALTH: Command = healthCommand("health", "Ask a job server whether it serves.");

/** `geartrain ping`: the same by another name. */
export const PING: Command = healthCommand("ping", "The same as health.");

function healthCommand(name: string, summary: string): Command {
  return command({
    name,
    summary,
    usage: "[OPTIONS]",
    introduction:
      "Connects to a Gearman server, this one or any other, and asks for its version. " +
      "For health checks of containers and load balancers.",
    rows: ROWS,
    examples: [
      [`geartrain ${name} -h localhost:4730`, "Does a server answer there?"],
      [`geartrain ${name} --ready`, "Does it serve, too?"],
    ],
    sections: [{
      title: "Exit status",
      rows: [
        ["0", "The server has answered; with --ready, that it is ready."],
        ["1", "It has not, or an option is wrong."],
      ],
    }],
  }, health);
}

async function health(settings: SettingsOf<typeof ROWS>): Promise<number> {
  using server = await TextConnection.open(serverAddress(settings), serverTimeout(settings));
  const answer = await (settings.ready ? askReady(server) : server.ask("version"));
  print(`${plainText(answer)}\n`);
  return 0;
}

/** Only geartrain knows `ready`; other servers refuse it, and serve as soon as they answer. */
async function askReady(server: TextConnection): Promise<string> {
  try {
    return await server.ask("ready");
  } catch (error) {
    if (!(error instanceof CommandRefusedError)) throw error;
    if (error.code === "NOT_READY") throw new Error(`the server is not ready: ${error.reason}`);
    return await server.ask("version");
  }
}
