import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Folders that are no part of what runs, or are not ours. */
const OTHERS = /^(tests|node_modules|npm|dist|build|bench|examples|packaging|\..*)$/;

/** The rooms of the router, from the lowest on: a file imports from its own and lower ones only. */
const ROOMS: readonly RegExp[] = [
  /^router\/containers\//,
  /^router\/model\//,
  /^router\/(log\/|(clock|cluster|durability|policy|schedules|hooks|options)\.ts$)/,
  /^router\/flow\//,
  /^router\/history\//,
  /^router\/(why\/|(?!mod\.ts)[^/]+$)/,
  /^router\/session\//,
  /^router\/mod\.ts$/,
];

/** The files of the product, and which of them each imports; types too. */
const IMPORTS: ReadonlyMap<string, readonly string[]> = new Map(
  readdirSync(ROOT).filter((name) => !OTHERS.test(name)).flatMap(sources)
    .map((file) => [file, importsOf(file)]),
);

function sources(name: string): string[] {
  if (name.endsWith(".ts")) return [name];
  if (name.includes(".") || /^[A-Z]/.test(name)) return [];
  return readdirSync(join(ROOT, name), { recursive: true, encoding: "utf8" })
    .filter((inner) => inner.endsWith(".ts"))
    .map((inner) => join(name, inner));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
  // What is loaded when it is needed only closes no circle.
  return [...text.matchAll(/\bfrom "(\.[^"\s]+)"/g)]
    .map(([, specifier]) => relative(ROOT, resolve(ROOT, dirname(file), specifier)));
}

/** Files that import each other, directly or by others (Tarjan's algorithm). */
function circles(): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (file: string) => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    open.push(file);
    for (const other of IMPORTS.get(file) ?? []) {
      if (!order.has(other)) visit(other);
      else if (!open.includes(other)) continue;
      lowest.set(file, Math.min(lowest.get(file)!, lowest.get(other)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1) found.push(circle.sort());
  };
  for (const file of IMPORTS.keys()) if (!order.has(file)) visit(file);
  return found;
}

describe("the files of the product", () => {
  test("import each other in no circle, types included, but for the records of router/model/", () => {
    assert(IMPORTS.size > 150);
    const found = circles();
    const isOfRecords = (circle: string[]) =>
      circle.length <= 6 && circle.every((file) => file.startsWith("router/model/"));
    assertEquals(found.filter((circle) => !isOfRecords(circle)), []);
    assertEquals(found.length, 1);
  });
});

describe("the rooms of router/", () => {
  test("import from no room above them", () => {
    const roomOf = (file: string) => ROOMS.findIndex((room) => room.test(file));
    const files = [...IMPORTS.keys()].filter((file) => file.startsWith("router/"));
    assert(files.length > 50);
    const upward = files.flatMap((file) =>
      IMPORTS.get(file)!.filter((other) => roomOf(other) > roomOf(file))
        .map((other) => `${file} imports ${other}`)
    );
    assertEquals(upward, []);
    assertEquals(files.filter((file) => roomOf(file) < 0), []);
  });
});
