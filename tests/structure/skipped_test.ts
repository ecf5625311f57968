import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { ROOT } from "../support/runtimes.ts";

test("every test that may be skipped has its reason in its name, by unless()", () => {
  const files = readdirSync(join(ROOT, "tests"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("_test.ts"));
  const others = files.filter((file) =>
    /\{\s*skip\s*:|, \{ skip \}[,)]/.test(readFileSync(join(ROOT, "tests", file), "utf8"))
  );
  assertEquals(others, []);
});
