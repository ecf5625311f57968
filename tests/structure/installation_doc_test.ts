import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { optionNamed } from "../../cli/options/option.ts";
import { GEARMAND_OPTIONS } from "../../cli/serve/gearmand_options.ts";
import { SERVE_OPTIONS } from "../../cli/serve/options.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What begins so is made by a build. */
const BUILT = "dist/";

function page(name: string): string {
  return readFileSync(join(ROOT, "docs", name), "utf8");
}

/** The options that the table about gearmand's command line names, without dashes. */
function optionsOfTable(): string[] {
  const [, table] = /<!-- gearmand: command line -->([\s\S]*?)<!-- end -->/.exec(
    page("installation.md"),
  )!;
  return [...table.matchAll(/`--?([A-Za-z][\w-]*)[^`]*`/g)].map(([, name]) => name);
}

/** Paths of this project, from its top folder: in backticks, or where links of the page lead. */
function pathsIn(text: string): string[] {
  const prose = text.replace(/^ *```[\s\S]*?^ *```/gm, "");
  const named = [...prose.matchAll(/`([\w.][\w.-]*\/[\w./-]*|[\w-]+\.(?:md|json|ts))`/g)];
  const linked = [...prose.matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
  return [
    ...named.map(([, path]) => path).filter((path) => !path.startsWith(BUILT)),
    ...linked.map(([, path]) => join("docs", path)),
  ];
}

describe("docs/installation.md", () => {
  test("tells of no option that the server does not know", () => {
    const options = optionsOfTable();
    assert(options.length > 50, `${options.length} options`);
    assertEquals(options.filter((name) => optionNamed(SERVE_OPTIONS, name) === undefined), []);
  });

  test("tells of every option of gearmand that has no effect or is refused", () => {
    const options = new Set(optionsOfTable());
    const names = Object.keys(GEARMAND_OPTIONS);
    assertEquals(names.filter((name) => !options.has(name)), []);
  });
});

for (const name of ["installation.md", "releasing.md"]) {
  test(`docs/${name} names files that there are`, () => {
    const paths = pathsIn(page(name));
    assert(paths.length > 5, `${paths.length} paths`);
    assertEquals(paths.filter((path) => !existsSync(join(ROOT, path))), []);
  });
}
