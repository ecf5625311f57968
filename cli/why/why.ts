import { flag, OptionError } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { CommandRefusedError, UnsupportedError } from "../../client/admin/errors.ts";
import { TextConnection } from "../../client/admin/text_connection.ts";
import { why } from "../../client/admin/why.ts";
import { jsonText, plainText } from "../../router/log/text.ts";
import { type Command, command, failed } from "../command.ts";
import { SERVER_ROWS, serverAddress, serverTimeout } from "../options/servers.ts";
import { print } from "../output.ts";

const ROWS = {
  ...SERVER_ROWS,
  ...inGroup("Output", { json: { kind: flag, help: "JSON instead of sentences." } }),
};

const REFUSED = 2;

/** `geartrain why`: why does my job not run? */
export const WHY: Command = command({
  name: "why",
  summary: "Tell why jobs do not run, or how one has ended.",
  usage: "FUNCTION|HANDLE [OPTIONS]",
  words: [],
  introduction: "Asks a geartrain server why the waiting jobs of a function, or the job with a " +
    "handle, do not run. How jobs have ended, and for how long they run, it tells if it was " +
    "started with --history.",
  rows: ROWS,
  examples: [
    ["geartrain why resize", "Why do jobs of resize wait?"],
    ["geartrain why H:web1:76453829112400000000000007", "What has become of this job?"],
  ],
  sections: [{
    title: "Exit status",
    rows: [
      ["0", "The server has told it."],
      ["1", "No server answers, or an option is wrong."],
      ["2", "The server is none that can tell it."],
    ],
  }],
}, tellWhy);

async function tellWhy(
  settings: SettingsOf<typeof ROWS>,
  words: readonly string[],
): Promise<number> {
  if (words.length !== 1) throw new OptionError("why: give one function or handle");
  using server = await TextConnection.open(serverAddress(settings), serverTimeout(settings));
  try {
    const reasons = await why(server, words[0]);
    const lines = reasons.map(({ text }) => `${plainText(text)}\n`);
    print(settings.json ? `${jsonText(reasons, 2)}\n` : lines.join(""));
    return 0;
  } catch (error) {
    if (!(error instanceof CommandRefusedError || error instanceof UnsupportedError)) throw error;
    failed(error.message);
    return REFUSED;
  }
}
