/**
 * Builds the dashboard out of `http/dashboard/app/` into `http/dashboard/bundle.ts`, which is in the
 * repository: who uses geartrain builds nothing. `bun build/dashboard.ts` writes it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const APP = join(ROOT, "http/dashboard/app");
const BUNDLE = join(ROOT, "http/dashboard/bundle.ts");

/** What of other projects is in the bundle, with the file that has the licence. */
const PACKAGES = {
  "preact": "LICENSE",
  "@preact/signals": "LICENSE",
  "@preact/signals-core": "LICENSE",
  "uplot": "LICENSE",
};

/** The text of the bundle as its sources are now; the same sources give the same text anywhere. */
export function buildDashboard(): string {
  const assets = {
    "app.js": `${licences()}\n${bundled("main.tsx")}`,
    "style.css": bundled("style.css"),
    "icon.svg": read("icon.svg").trim(),
  };
  let page = read("index.html");
  const files = Object.entries(assets).map(([name, text]) => {
    const hash = hashOf(text);
    const path = `assets/${name.replace(".", `-${hash}.`)}`;
    page = page.replaceAll(`assets/${name}`, path);
    return { path: `/${path}`, hash, text };
  });
  return `/**
 * Built by build/dashboard.ts from http/dashboard/app/: change that, and build it again.
 *
 * @module
 */
// deno-fmt-ignore-file
// deno-lint-ignore-file

/** The files of the dashboard: where they are, a hash of each, and what is in them. */
export const FILES: readonly { readonly path: string; readonly hash: string; readonly text: string }[] = ${
    JSON.stringify([{ path: "/", hash: hashOf(page), text: page }, ...files], null, 2)
  };
`;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function read(file: string): string {
  return fs.readFileSync(join(APP, file), "utf8");
}

function bundled(file: string): string {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [join(APP, file)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2023",
    charset: "utf8",
    legalComments: "none",
    // Nothing of the configuration of Deno or of the compiler is for it.
    tsconfigRaw: { compilerOptions: { jsx: "react-jsx", jsxImportSource: "preact" } },
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/** All of them want their licence to go with each copy. */
function licences(): string {
  const texts = Object.entries(PACKAGES).map(([name, file]) => {
    const folder = join(ROOT, "node_modules", name);
    const { version } = JSON.parse(fs.readFileSync(join(folder, "package.json"), "utf8"));
    return `${name} ${version}\n\n${fs.readFileSync(join(folder, file), "utf8").trim()}`;
  });
  return `/*!\n${texts.join("\n\n").replaceAll("*/", "* /")}\n*/`;
}

if (import.meta.main) fs.writeFileSync(BUNDLE, buildDashboard());
