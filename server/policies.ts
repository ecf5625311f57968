import { inProgram, type Kind, OptionError, wrong } from "../options/kinds.ts";
import {
  dashed,
  type Policies,
  type PolicyRule,
  readRule,
  RULE_KEYS,
  RuleError,
} from "../policies/mod.ts";

/** `GLOB={...}`: a rule as a table of a configuration file has it, in JSON. */
export const policyList: Kind<Policies> = {
  ...inProgram(["object"], 'an object with rules by patterns of names, such as { "mail-*": {} }'),
  label: "GLOB=JSON",
  parse(text) {
    const [, pattern, json] = /^(.+?)=(\{.*\})$/s.exec(text) ?? [];
    if (pattern === undefined) throw wrong(text, 'a rule such as \'mail-*={"retry":{"max":5}}\'');
    try {
      return { [pattern]: ruleOfTable(pattern, JSON.parse(json)) };
    } catch (error) {
      if (error instanceof SyntaxError) throw wrong(json, "a table in JSON");
      if (!(error instanceof RuleError)) throw error;
      throw new OptionError(`${JSON.stringify(pattern)}: ${error.message}`);
    }
  },
};

/**
 * A rule as a program gives it, of a table of a configuration file, where keys have dashes.
 *
 * @throws {RuleError} for the first thing in it that is wrong.
 */
export function ruleOfTable(pattern: string, table: object): PolicyRule {
  readRule(pattern, table, dashed);
  const names = new Map(Object.keys(RULE_KEYS).map((key) => [dashed(key), key]));
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => [names.get(name), value]),
  );
}

/**
 * Checks rules that a program gives.
 *
 * @throws {TypeError} for something that is not an object.
 * @throws {RangeError} for the first thing in them that is wrong.
 */
export function checkPolicies(policies: Policies = {}): void {
  if (typeof policies !== "object" || policies === null || Array.isArray(policies)) {
    throw new TypeError(`Option policies must be ${policyList.wanted}`);
  }
  for (const [pattern, rule] of Object.entries(policies)) {
    try {
      readRule(pattern, rule);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      throw new RangeError(`Option policies: ${JSON.stringify(pattern)}: ${error.message}`);
    }
  }
}
