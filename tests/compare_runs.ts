/**
 * The summary of `npm test`, from the JUnit reports of three runs: the tests on Deno, the same tests
 * on Bun, and the examples of the documentation. Prints what each run counted and which tests failed,
 * then which tests ran on one runtime only. Ends with status 1 if a report is missing or the two
 * runtimes did not run the same tests; a run whose tests failed has a status of its own.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** A test of a report. */
export interface TestResult {
  /** The names of the groups around it and its own, joined by ` > `. */
  readonly name: string;
  /** The file that it is in, if the report tells. */
  readonly file: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

/** All tests of a report, by name. A group is none, unless it failed though none of its tests did. */
export function testsOf(report: string): TestResult[] {
  const all = entriesOf(report);
  // Deno reports a group as a test as well.
  const groups = new Set(all.flatMap(({ name }) => prefixesOf(name)));
  const failed = all.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
  const explained = new Set(failed.flatMap(prefixesOf));
  return all
    .filter(({ name, outcome }) =>
      !groups.has(name) || (outcome === "failed" && !explained.has(name))
    )
    .map((result) => result.file === "" ? { ...result, file: fileOf(result.name, all) } : result)
    .sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

const TAGS =
  /<(testsuite|\/testsuite|testcase|failure|error|skipped)(?=[\s/>])((?:[^>"]|"[^"]*")*)>/g;

/** Everything that a report calls a test. */
function entriesOf(report: string): TestResult[] {
  const entries: TestResult[] = [];
  const groups: string[] = [];
  for (const [, kind, attributes] of report.matchAll(TAGS)) {
    const name = attribute(attributes, "name");
    if (kind === "testsuite" && !attributes.endsWith("/")) groups.push(name);
    if (kind === "/testsuite") groups.pop();
    if (kind === "testcase") {
      // The outermost group is the file, which Deno does not always know.
      const file = /\.[jt]s\b/.exec(groups[0]) && !groups[0].startsWith("ext:") ? groups[0] : "";
      entries.push({
        name: [...groups.slice(1), name].join(" > "),
        file: file.replace(/^\.\//, ""),
        outcome: "passed",
      });
    }
    if (kind === "skipped") entries.push({ ...entries.pop()!, outcome: "skipped" });
    if (kind === "failure" || kind === "error") {
      entries.push({ ...entries.pop()!, outcome: "failed" });
    }
  }
  return entries;
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function attribute(attributes: string, name: string): string {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return value.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, entity) => ENTITIES[entity]);
}

/** Everything before a `>` between a group and what is in it. */
function prefixesOf(name: string): string[] {
  const parts = name.split(" > ");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(" > "));
}

/** The file of the outermost group of a test, which Deno reports as a test. */
function fileOf(name: string, all: readonly TestResult[]): string {
  const [group] = name.split(" > ");
  return all.find((result) => result.name === group)?.file ?? "";
}

/** Those of the one list that the other does not have, each as often as it is missing. */
export function missing(from: readonly string[], names: readonly string[]): string[] {
  const rest = [...from];
  return names.filter((name) => {
    const at = rest.indexOf(name);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** A run: what it is called, and its tests, or null if it has written no report. */
export interface Run {
  readonly title: string;
  readonly tests: readonly TestResult[] | null;
}

/** The lines about one run: its counts, and a line for each test that failed. */
export function linesOf({ title, tests }: Run): string[] {
  if (tests === null) return [`${title}: no report, it ended before its tests did`];
  const count = (outcome: string) => tests.filter((result) => result.outcome === outcome).length;
  const counts = ["passed", "failed", "skipped"].map((outcome) => `${count(outcome)} ${outcome}`);
  const failed = tests.filter(({ outcome }) => outcome === "failed");
  return [
    `${title}: ${counts.join(", ")}`,
    ...failed.map(({ name, file }) => `  failed: ${name}${file === "" ? "" : ` (${file})`}`),
  ];
}

/**
 * A name for comparing: tests of a runtime's own sockets name that, Deno escapes a DEL, and what is
 * skipped on one of them says why in parentheses at its end.
 */
function comparable({ name }: TestResult): string {
  const parts = name.split(" > ").map((part) => part.replace(/ \([^()]*\)$/, ""));
  return parts.join(" > ").replace(/\b(deno|bun)\b/, "RUNTIME").replaceAll("\x7f", "\\x7f");
}

/** A line for each test that only one of two runs had. */
export function differences(one: Run, other: Run): string[] {
  if (one.tests === null || other.tests === null) return [];
  const [names, otherNames] = [one.tests, other.tests].map((tests) => tests.map(comparable));
  return [
    ...missing(otherNames, names).map((name) => `not run by ${other.title}: ${name}`),
    ...missing(names, otherNames).map((name) => `not run by ${one.title}: ${name}`),
  ];
}

/** Where the reports are. */
const FOLDER = "node_modules";
/** In so many parts the tests run on a runtime, if they do not run at once. */
const PARTS = 3;

/** Reads the report of a run, or those of its parts. */
function read(title: string, name: string, parts = PARTS): Run {
  const all = readdirSync(FOLDER).filter((file) => file.endsWith(".xml"));
  const whole = all.filter((file) => file === `${name}.xml`);
  const files = whole.length > 0 ? whole : all.filter((file) => file.startsWith(`${name}-`));
  const reports = files.map((file) => readFileSync(`${FOLDER}/${file}`, "utf8"));
  const isComplete = whole.length > 0 || files.length === parts;
  return { title, tests: isComplete ? reports.flatMap(testsOf) : null };
}

if (import.meta.main) {
  const runs = [
    read("Deno", ".tests-deno"),
    read("Bun", ".tests-bun"),
    read("Examples of the documentation", ".tests-doc", 1),
  ];
  const different = differences(runs[0], runs[1]);
  for (const line of [...runs.flatMap(linesOf), ...different]) console.log(line);
  process.exitCode = runs.some(({ tests }) => tests === null) || different.length > 0 ? 1 : 0;
}
