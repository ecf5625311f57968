import { OptionError } from "../../options/kinds.ts";
import { type PolicyRule, RuleError } from "../../policies/mod.ts";
import { isTable } from "../../policies/values.ts";
import { ruleOfTable } from "../../server/policies.ts";
import { lineOf } from "./toml_lines.ts";

/** A table `[policy."GLOB"]` of a configuration file. */
export interface PolicyTable {
  readonly pattern: string;
  /** As the file has it: its keys have dashes. */
  readonly table: Readonly<Record<string, unknown>>;
  readonly rule: PolicyRule;
  /** Where it begins; null if it is not written as a table of its own. */
  readonly line: number | null;
}

/**
 * The rules of a configuration file, in its order.
 *
 * @param text the file.
 * @param policy the value of its key `policy`.
 * @throws {OptionError} for the first thing that is wrong; names its line and key.
 */
export function policyTables(text: string, policy: unknown): PolicyTable[] {
  if (!isTable(policy)) throw new OptionError('policy: must be tables such as [policy."mail-*"]');
  return Object.entries(policy).map(([pattern, table]) => {
    const path = ["policy", pattern];
    try {
      if (!isTable(table)) throw new RuleError("", "must be a table");
      const rule = ruleOfTable(pattern, table);
      return { pattern, table, rule, line: lineOf(text, path) };
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      const keys = error.key === "" ? [] : error.key.split(".");
      const line = lineOf(text, [...path, ...keys]);
      const place = line === null ? "" : `line ${line}: `;
      throw new OptionError(`${place}policy.${JSON.stringify(pattern)}: ${error.message}`);
    }
  });
}
