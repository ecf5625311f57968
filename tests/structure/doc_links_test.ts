import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../support/runtimes.ts";

const PAGES = [
  ...["README.md", "CHANGELOG.md", "examples/README.md"],
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
