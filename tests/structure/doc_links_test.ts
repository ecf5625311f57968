import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../support/runtimes.ts";

const PAGES = [
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md"],
  ...readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** A page without the blocks of code in it. */
function proseOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8").replace(/^ *```[^]*?^ *```/gm, "");
}

/** What links to the headings of a page say behind their `#`, as GitHub makes it. */
function anchorsOf(page: string): Set<string> {
  return new Set(
    [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\- ]/gu, "").replaceAll(" ", "-")
    ),
  );
}

/** Does a link of a page lead anywhere? */
function leadsNowhere(page: string, link: string): boolean {
  const [path, anchor] = link.split("#");
  const target = path === "" ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsOf(target).has(anchor);
}

for (const page of PAGES) {
  test(`the links of ${page} lead to files and headings that there are`, () => {
    const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link)
      .filter((link) => !/^https?:/.test(link));
    assertEquals(links.filter((link) => leadsNowhere(page, link)), []);
  });
}

test("the README links every page of docs/", () => {
  const readme = proseOf("README.md");
  const pages = PAGES.filter((page) => page.startsWith("docs/"));
  assert(pages.length > 10);
  assertEquals(pages.filter((page) => !readme.includes(`](${page})`)), []);
});

/** What the map says of folders that are to come is no path of today. */
const TO_COME = /^## Where what comes will be$[^]*?(?=^## )/m;

for (const page of ["docs/architecture.md", "CONTRIBUTING.md"]) {
  test(`the files and folders that ${page} names are there`, () => {
    const named = [...proseOf(page).replace(TO_COME, "").matchAll(/`([\w./-]+(?:\/|\.ts))`/g)]
      .map(([, path]) => path);
    assert(named.length > 15);
    assertEquals(named.filter((path) => !existsSync(join(ROOT, path))), []);
  });
}

test("the map has every folder at the top", () => {
  const map = proseOf("docs/architecture.md");
  const folders = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\..*|node_modules|dist|docs)$/.test(entry.name));
  assert(folders.length > 10);
  assertEquals(folders.filter(({ name }) => !map.includes(`\`${name}/`)), []);
});
