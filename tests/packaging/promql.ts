/**
 * What a query of Prometheus asks for, as far as the tests compare it with what the server has.
 *
 * @module
 */
import { assert } from "@std/assert";
import { FAMILIES, labelsOf } from "../../http/metrics/families.ts";

/** Labels that Prometheus itself gives each sample, and a metric that it makes. */
const OF_PROMETHEUS = ["job", "instance"];
const UP = "up";

const STRING = /"(?:[^"\\]|\\.)*"/g;
const LABEL_LIST = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const MATCHERS = /\{([^}]*)\}/g;
const RANGE = /\[[^\]]*\]|\boffset\s+\w+/g;
const KEYWORD = /^(?:and|or|unless|bool|inf|nan)$/i;

/** A metric of a query, and the labels that it selects by. */
interface Selected {
  readonly name: string;
  readonly labels: string[];
}

/** The metrics of a query, and all labels that it groups by. */
export function partsOf(query: string): { metrics: Selected[]; grouped: string[] } {
  const bare = query.replaceAll(STRING, '""').replaceAll(RANGE, " ");
  const grouped = [...bare.matchAll(LABEL_LIST)].flatMap(([, list]) => words(list));
  const selectors = bare.replaceAll(LABEL_LIST, " ");
  const metrics = [
    ...selectors.replaceAll(MATCHERS, (braces) => braces.replaceAll(/\w/g, "_"))
      .matchAll(/(?<![\w:])([a-z_][\w:]*)\b(?!\s*\()/gi),
  ]
    .filter(([name]) => !KEYWORD.test(name) && !/^_+$/.test(name))
    .map(({ 0: name, index }) => {
      const [, matchers = ""] = /^\s*\{([^}]*)\}/.exec(selectors.slice(index + name.length)) ?? [];
      return { name, labels: words(matchers) };
    });
  return { metrics, grouped };
}

function words(text: string): string[] {
  return text.match(/[a-z_]\w*/gi) ?? [];
}

/** Fails unless the server, or a rule that is recorded, has each metric of a query with its labels. */
export function assertKnown(query: string, recorded: readonly string[] = []): void {
  const { metrics, grouped } = partsOf(query);
  assert(metrics.length > 0, `no metric in ${query}`);
  const groupable = new Set(OF_PROMETHEUS);
  for (const { name, labels } of metrics) {
    const known = name === UP || recorded.includes(name) ? [] : familyLabels(name, query);
    for (const label of known) groupable.add(label);
    for (const label of labels) {
      assert([...known, ...OF_PROMETHEUS].includes(label), `${name} has no ${label}: ${query}`);
    }
  }
  for (const label of grouped) assert(groupable.has(label), `nothing has ${label}: ${query}`);
}

function familyLabels(name: string, query: string): string[] {
  const family = FAMILIES.find((family) =>
    family.type === "histogram"
      ? /^(.*)_(?:bucket|sum|count)$/.exec(name)?.[1] === family.name
      : family.name === name
  );
  assert(family !== undefined, `the server has no ${name}: ${query}`);
  const labels = labelsOf(family);
  return name.endsWith("_bucket") ? labels : labels.filter((label) => label !== "le");
}
