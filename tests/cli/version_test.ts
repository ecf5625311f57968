import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { VERSION } from "../../version.ts";

test("version.ts, deno.json and package.json have the same version", () => {
  for (const file of ["deno.json", "package.json"]) {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    assertEquals(JSON.parse(text).version, VERSION, file);
  }
});
