import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { commandOf, ROOT, RUNTIME, startCommand, withoutArguments } from "./example.ts";
import { unless } from "../support/unless.ts";

const EXAMPLES = readdirSync(`${ROOT}examples`).filter((name) => name.endsWith(".ts")).sort();

describe("the commands of the examples", () => {
  for (const file of EXAMPLES) {
    test(`${file} has one for Deno and one for Bun that run it`, () => {
      for (const runtime of ["deno", "bun"]) withoutArguments(commandOf(file, runtime), file);
    });

    const noPermissions = RUNTIME !== "deno" && "only Deno has permissions";
    test(
      ...unless(noPermissions, `${file} gives Deno no permission that it does not need`),
      async () => {
        const command = withoutArguments(commandOf(file), file);
        const permissions = command.filter((word) =>
          word.startsWith("-") && word !== "--no-prompt"
        );
        for (const permission of permissions) {
          assert(permission.startsWith("--allow-"), permission);
          const less = command.filter((word) => word !== permission);
          const { code } = await startCommand([...less, "0"]).ended;
          assertNotEquals(code, 0, `${file} runs without ${permission}`);
        }
      },
    );
  }

  test("the table in examples/README.md has each of them", () => {
    const readme = readFileSync(`${ROOT}examples/README.md`, "utf8");
    const listed = [...readme.matchAll(/^\| \[(\w+\.ts)\]\(\1\)/gm)].map(([, name]) => name);
    assertEquals(listed.sort(), EXAMPLES);
  });
});
