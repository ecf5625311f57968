/**
 * Compares a run of the tests on Deno with one on Bun, from the JUnit reports that both write:
 * every test must have run on both. Prints the two counts; ends with status 1 if they differ.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";

/** The names of all tests, each with the groups around it, without the groups themselves. */
export function testsOf(report: string): string[] {
  const names: string[] = [];
  const groups: string[] = [];
  for (const [tag, kind, name = ""] of report.matchAll(TAGS)) {
    if (kind === "testsuite" && !tag.endsWith("/>")) groups.push(name);
    if (kind === "/testsuite") groups.pop();
    // The outermost group is the file, which Deno does not always know.
    if (kind === "testcase") {
      names.push([...groups.slice(1), name].join(" > ").replaceAll("&gt;", ">"));
    }
  }
  // Deno reports a group as a test as well.
  const prefixes = new Set(names.flatMap(prefixesOf));
  return names.filter((name) => !prefixes.has(name)).sort();
}

const TAGS =
  /<(testsuite|\/testsuite|testcase)(?=[\s>])(?:[^>"]|"[^"]*")*?(?:\sname="([^"]*)"(?:[^>"]|"[^"]*")*)?>/g;

/** Everything before a `>` between a group and what is in it. */
function prefixesOf(name: string): string[] {
  const parts = name.split(" > ");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(" > "));
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

if (import.meta.main) {
  const [onDeno, onBun] = process.argv.slice(2)
    .map((file) => testsOf(readFileSync(file, "utf8")));
  console.log(`${onDeno.length} tests on Deno, ${onBun.length} tests on Bun`);
  if (onDeno.length !== onBun.length) {
    for (const name of missing(onBun, onDeno)) console.log(`not on Bun: ${name}`);
    for (const name of missing(onDeno, onBun)) console.log(`not on Deno: ${name}`);
    process.exitCode = 1;
  }
}
