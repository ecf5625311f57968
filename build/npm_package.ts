/**
 * Builds the npm package, for programs on Node and Bun, into `dist/npm`: JavaScript and declarations
 * file by file as the sources are, ready for `npm publish`.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ON_DEMAND } from "../on_demand.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ENTRIES = {
  ".": "mod",
  "./store": "store/mod",
  "./postgres": "store/postgres/mod",
  "./testing": "testing/mod",
  "./cli": "cli",
};
const PROGRAM = `#!/usr/bin/env node
import process from "node:process";
import { main } from "../cli.js";

process.exit(await main(process.argv.slice(2)));
`;

/** Builds the package into a directory, which is emptied before. */
export function buildPackage(directory: string): void {
  fs.rmSync(directory, { recursive: true, force: true });
  compile(directory);
  for (const file of fs.readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    if (/\.(js|d\.ts)$/.test(file)) rewriteImports(directory, file);
  }
  fs.mkdirSync(join(directory, "bin"));
  fs.writeFileSync(join(directory, "bin/geartrain.js"), PROGRAM, { mode: 0o755 });
  for (const file of ["README.md", "LICENSE", "CHANGELOG.md"]) {
    fs.copyFileSync(join(ROOT, file), join(directory, file));
  }
  fs.writeFileSync(
    join(directory, "package.json"),
    JSON.stringify(manifest(), null, 2) + "\n",
  );
}

function readJson(file: string) {
  return JSON.parse(fs.readFileSync(join(ROOT, file), "utf8"));
}

/** Types were checked with those of Deno, which this compiler does not have. */
function compile(directory: string): void {
  const { compilerOptions } = readJson("tsconfig.json");
  const project = join(ROOT, "tsconfig.npm.tmp");
  fs.writeFileSync(
    project,
    JSON.stringify({
      compilerOptions: {
        ...compilerOptions,
        noEmit: false,
        noCheck: true,
        declaration: true,
        rewriteRelativeImportExtensions: true,
        // What Node 22 understands: no `using`.
        target: "ES2023",
        lib: ["ESNext", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
        types: ["node"],
        rootDir: ROOT,
        outDir: directory,
      },
      files: [...Object.values(ENTRIES), ...ON_DEMAND].map((entry) => `${entry}.ts`),
    }),
  );
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const { status } = spawnSync("node", [compiler, "--project", project], { stdio: "inherit" });
  fs.rmSync(project);
  if (status !== 0) throw new Error("the sources were not compiled");
}

/**
 * Declarations name the files that are there, and what stands in for @std is part of the package. The
 * examples in comments are for programs, which have none of these files.
 */
function rewriteImports(directory: string, file: string): void {
  const path = join(directory, file);
  const here = dirname(path);
  const { paths } = readJson("tsconfig.json").compilerOptions;
  const rewritten = (_match: string, before: string, name: string) => {
    const standIn = name.startsWith("@std/") ? (paths[name] as string[])[0] : undefined;
    const found = standIn === undefined ? name : relative(here, join(directory, standIn));
    const local = standIn === undefined || found.startsWith(".") ? found : `./${found}`;
    return `${before}"${/^\.\.?\//.test(local) ? local.replace(/\.ts$/, ".js") : local}"`;
  };
  const text = fs.readFileSync(path, "utf8").replace(
    /^(?! *\*).+$/gm,
    (line) => line.replace(/(from |import\()"([^"]+)"/g, rewritten),
  );
  fs.writeFileSync(path, text);
}

function manifest(): Record<string, unknown> {
  const { name, version, description, license } = readJson("package.json");
  const { dependencies } = readJson("npm/package.json");
  const repository = process.env.GITHUB_REPOSITORY;
  return {
    name,
    version,
    description,
    keywords: ["gearman", "gearmand", "job-server", "queue", "jobs", "worker"],
    license,
    type: "module",
    // npm compares it with where the package was built.
    ...repository === undefined
      ? {}
      : { repository: { type: "git", url: `git+https://github.com/${repository}.git` } },
    engines: { node: ">=22", bun: ">=1.4" },
    bin: { geartrain: "bin/geartrain.js" },
    exports: Object.fromEntries(
      Object.entries(ENTRIES).map(([name, entry]) => [name, {
        types: `./${entry}.d.ts`,
        default: `./${entry}.js`,
      }]),
    ),
    dependencies,
    // The declarations name sockets of `node:net`.
    peerDependencies: { "@types/node": "*" },
    peerDependenciesMeta: { "@types/node": { optional: true } },
  };
}

if (import.meta.main) {
  buildPackage(process.argv[2] ?? join(ROOT, "dist/npm"));
}
