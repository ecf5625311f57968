import { OptionError } from "../../options/kinds.ts";
import type { SettingsOf } from "../../options/rows.ts";
import { CommandRefusedError } from "../../client/admin/errors.ts";
import { resultOf } from "../../client/admin/results.ts";
import { TextConnection } from "../../client/admin/text_connection.ts";
import { type Command, command, failed } from "../command.ts";
import { SERVER_ROWS, serverAddress, serverTimeout } from "../options/servers.ts";
import { Output } from "../output.ts";

const NONE = 2;
const REASONS: Readonly<Record<string, string>> = {
  UNKNOWN_RESULT: "no result of such a job is kept",
  NOT_ENDED: "the job has not ended",
};

/** `geartrain result`: what was the result of my job? */
export const RESULT: Command = command({
  name: "result",
  summary: "Print the result of a background job that has ended.",
  usage: "HANDLE [OPTIONS]",
  words: [],
  introduction:
    "Asks a geartrain server for the result of a background job, and writes it to the " +
    "standard output, byte for byte. Servers keep results of functions whose rule says keep-result.",
  rows: SERVER_ROWS,
  examples: [
    ["geartrain result H:web1:76453829112400000000000007", "What has the worker sent?"],
  ],
  sections: [{
    title: "Exit status",
    rows: [
      ["0", "The result is printed."],
      ["1", "No server answers, or an option is wrong."],
      ["2", "The job has not ended, or no result of it is kept."],
    ],
  }],
}, printResult);

async function printResult(
  settings: SettingsOf<typeof SERVER_ROWS>,
  words: readonly string[],
): Promise<number> {
  if (words.length !== 1) throw new OptionError("result: give one handle");
  using server = await TextConnection.open(serverAddress(settings), serverTimeout(settings));
  try {
    const { data } = await resultOf(server, words[0]);
    await new Output(() => {}).write(data);
    return 0;
  } catch (error) {
    if (!(error instanceof CommandRefusedError)) throw error;
    failed(REASONS[error.code] ?? error.message);
    return NONE;
  }
}
