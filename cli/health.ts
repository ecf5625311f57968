import { type Command, command, type CommonSettings, HELP_OPTION } from "./command.ts";
import {
  SERVER_OPTIONS,
  serverAddress,
  type ServerSettings,
  serverTimeout,
} from "./options/server.ts";
import { print } from "./print.ts";
import { TextConnection } from "./text_protocol/connection.ts";

/** What `geartrain health` is told. */
type HealthSettings = CommonSettings & ServerSettings;

/** `geartrain health`: does a job server answer? */
export const HEALTH: Command = healthCommand("health", "Ask a job server whether it serves.");

/** `geartrain ping`: the same by another name. */
export const PING: Command = healthCommand("ping", "The same as health.");

function healthCommand(name: string, summary: string): Command {
  return command<HealthSettings>({
    name,
    summary,
    usage: "[OPTIONS]",
    introduction:
      "Connects to a Gearman server, this one or any other, and asks for its version. " +
      "For health checks of containers and load balancers.",
    options: [...SERVER_OPTIONS, HELP_OPTION],
    sections: [{
      title: "Exit status",
      rows: [["0", "The server has answered."], ["1", "It has not, or an option is wrong."]],
    }],
  }, health);
}

async function health(settings: HealthSettings): Promise<number> {
  using server = await TextConnection.open(serverAddress(settings), serverTimeout(settings));
  print(`${await server.ask("version")}\n`);
  return 0;
}
