import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FENCE = "```ts";

/** What the package exports, and how many symbols it exports there at least. */
const ENTRY_POINTS = {
  "mod.ts": 20,
  "cli.ts": 1,
  "store/mod.ts": 9,
  "store/postgres/mod.ts": 8,
  "testing/mod.ts": 3,
};

/** Folders whose examples are nobody's to read: they are no part of the package. */
const NOT_PUBLISHED = ["tests", "npm", "node_modules", "dist", "build", "examples"];

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: {
    readonly doc?: string;
    readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
  };
}

interface ExportedSymbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** The exported symbols of a module, as `deno doc` sees them. */
function exportsOf(file: string): ExportedSymbol[] {
  const isDeno = "Deno" in globalThis;
  const deno = isDeno ? process.execPath : join(ROOT, "node_modules/.bin/deno");
  const args = ["doc", "--json", "--no-remote", file];
  const { stdout, stderr, status, error } = spawnSync(deno, args, { cwd: ROOT, encoding: "utf8" });
  assertEquals(status, 0, error?.message ?? stderr);
  const { nodes } = JSON.parse(stdout) as { nodes: Record<string, { symbols: ExportedSymbol[] }> };
  return Object.values(nodes).flatMap(({ symbols }) => symbols);
}

function hasText({ jsDoc }: Declaration): boolean {
  return (jsDoc?.doc ?? "") !== "";
}

/** A type that only names a shape needs none. */
function hasExample({ kind, jsDoc }: Declaration): boolean {
  if (kind === "interface" || kind === "typeAlias") return true;
  return jsDoc?.tags?.some(({ kind, doc }) => kind === "example" && doc?.includes(FENCE)) === true;
}

/** The source files of the package with an example in a doc comment. */
function filesWithExamples(): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !NOT_PUBLISHED.includes(name.split("/")[0]))
    .filter((name) => readFileSync(join(ROOT, name), "utf8").includes(` * ${FENCE}\n`));
}

describe("every exported symbol", () => {
  for (const [file, least] of Object.entries(ENTRY_POINTS)) {
    test(`of ${file} has a doc comment, what a program calls with an example`, () => {
      const symbols = exportsOf(file);
      assert(symbols.length >= least, `${file} exports ${symbols.length} symbols`);
      const without = (has: (declaration: Declaration) => boolean) =>
        symbols.filter(({ declarations }) => !declarations.some(has)).map(({ name }) => name);
      assertEquals(without(hasText), [], "without a doc comment");
      assertEquals(without(hasExample), [], "without an example");
    });
  }

  test("is of an entry point that is looked at here", () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
    const files = Object.values<string>(exports).map((file) => file.replace("./", ""));
    assertEquals(files.sort(), Object.keys(ENTRY_POINTS).sort());
  });
});

test("npm run test:doc runs the examples of all files that have any", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const tested = scripts["test:doc"].split(" ");
  const files = filesWithExamples();
  assert(files.length > 15);
  const untested = files.filter((file) =>
    !tested.includes(file) && !tested.includes(file.split("/")[0])
  );
  assertEquals(untested, []);
});
