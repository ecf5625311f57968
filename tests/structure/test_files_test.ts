import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../support/runtimes.ts";

const FOLDER = join(ROOT, "tests");
const FILES = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"));

/** The files that have such text. */
function filesWith(text: RegExp): string[] {
  assert(FILES.length > 100);
  return FILES.filter((file) => text.test(readFileSync(join(FOLDER, file), "utf8"))).sort();
}

test("every test that may be skipped has its reason in its name, by unless()", () => {
  assertEquals(filesWith(/\{\s*skip\s*:|, \{ skip \}[,)]/), ["support/unless.ts"]);
});

test("no test wants the packages of npm where JSR has them: denoConfig() knows where they are", () => {
  assertEquals(filesWith(/deno\.npm\.js[o]n/), ["support/runtimes.ts"]);
});
