/**
 * `geartrain policy`, which tells what a configuration file says of the jobs of a function.
 *
 * @module
 */
import { flag, OptionError, text } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { patternOf } from "../../options/pattern.ts";
import { dashed, readRule, RULE_KEYS } from "../../policies/mod.ts";
import { jsonText, plainText } from "../../router/log/text.ts";
import { type Command, command } from "../command.ts";
import { onlyOf } from "../options/arguments.ts";
import { unknownWord } from "../options/did_you_mean.ts";
import { print } from "../output.ts";
import type { PolicyTable } from "../serve/policy_tables.ts";

const ROWS = {
  ...inGroup("Input", {
    configFile: {
      aliases: ["config"],
      kind: text("FILE"),
      help: "The configuration file of the server; needed.",
    },
  }),
  ...inGroup("Output", { json: { kind: flag, help: "JSON instead of text." } }),
};

const NO_RULE = 2;

/** `geartrain policy show`: which rule holds for a function? */
export const POLICY: Command = command({
  name: "policy",
  summary: "Tell which rule of a configuration file holds for a function.",
  usage: "show FUNCTION --config FILE [OPTIONS]",
  words: ["show"],
  introduction: 'Tells which table [policy."GLOB"] of a configuration file holds for the jobs of ' +
    "a function, on which line it is, and what it comes to. The first one that fits does; those " +
    "that fit as well are named.",
  rows: ROWS,
  examples: [
    ["geartrain policy show mail-welcome --config geartrain.toml", "What holds for mail-welcome?"],
  ],
  sections: [{
    title: "Exit status",
    rows: [
      ["0", "There is a rule for the function."],
      ["1", "The file cannot be read, or an option or something in the file is wrong."],
      ["2", "No rule of the file is for the function."],
    ],
  }],
}, tellPolicy);

async function tellPolicy(
  { configFile, json = false }: SettingsOf<typeof ROWS>,
  [word, ...words]: readonly string[],
): Promise<number> {
  if (word !== "show") throw unknownWord("policy", word, ["show"]);
  const name = onlyOf(words, "policy show", "one function");
  if (configFile === undefined) throw new OptionError("policy show: name a file with --config");
  const { policiesOfFile } = await import("../serve/config_file.ts");
  const fitting = policiesOfFile(configFile).filter(({ pattern }) => patternOf(pattern).test(name));
  const found = { name, file: configFile, fitting };
  print(json ? `${jsonText(asJson(found), 2)}\n` : `${textOf(found).map(plainText).join("\n")}\n`);
  return fitting.length === 0 ? NO_RULE : 0;
}

interface Found {
  readonly name: string;
  readonly file: string;
  /** The rules that fit; the first one holds. */
  readonly fitting: readonly PolicyTable[];
}

function asJson({ name, file, fitting: [first, ...later] }: Found): object {
  const place = ({ pattern, line }: PolicyTable) => ({ pattern, line });
  return {
    function: name,
    file,
    ...first === undefined ? { pattern: null, line: null } : place(first),
    rule: first?.table ?? {},
    later: later.map(place),
  };
}

function textOf({ name, file, fitting: [first, ...later] }: Found): string[] {
  if (first === undefined) {
    return [`No rule in ${file} is for ${JSON.stringify(name)}: its jobs are as in gearmand.`];
  }
  const rule = readRule(first.pattern, first.table, dashed);
  const width = Math.max(...Object.keys(RULE_KEYS).map((key) => dashed(key).length));
  return [
    `${JSON.stringify(name)} has the rule ${placeOf(first)} of ${file}.`,
    ...Object.entries(RULE_KEYS).map(([key, { defaultText, tell }]) => {
      const isGiven = Object.hasOwn(first.rule, key);
      const value = rule[key as keyof typeof RULE_KEYS];
      const told = isGiven ? tell(value as never) : `${defaultText} (default)`;
      return `${dashed(key).padEnd(width)}  ${told}`;
    }),
    ...later.map((other) => `${placeOf(other)} fits as well, but comes later.`),
  ];
}

function placeOf({ pattern, line }: PolicyTable): string {
  return `[policy.${JSON.stringify(pattern)}]${line === null ? "" : ` on line ${line}`}`;
}
