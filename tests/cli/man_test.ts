import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../cli/commands.ts";
import { manualPage } from "../../cli/man.ts";
import { dashedNames } from "../../cli/options/option.ts";
import { runProgram } from "../support/program.ts";
import { program, testWith } from "../support/programs.ts";

/** The page as a reader sees it, without bold letters and line breaks. */
function shown(page: string): string {
  const { stdout } = spawnSync("mandoc", ["-Tascii"], { input: page, encoding: "utf8" });
  // deno-lint-ignore no-control-regex
  return stdout.replaceAll(/.\x08/g, "").replaceAll(/\s+/g, " ");
}

testWith([program("mandoc", "mandoc")], "the manual page has no fault that mandoc sees", () => {
  const args = ["-Tlint", "-Wwarning"];
  const { status, stdout } = spawnSync("mandoc", args, {
    input: manualPage(COMMANDS),
    encoding: "utf8",
  });
  assertEquals([status, stdout], [0, ""]);
  return Promise.resolve();
});

testWith([program("mandoc", "mandoc")], "the manual page explains every option", () => {
  const text = shown(manualPage(COMMANDS));
  for (const { name, options, introduction } of COMMANDS) {
    assertStringIncludes(text, `GEARTRAIN ${name.toUpperCase()}`);
    assertStringIncludes(text, introduction);
    for (const option of options.filter(({ isHidden }) => isHidden !== true)) {
      assertStringIncludes(text, dashedNames(option).join(", "));
      assertStringIncludes(text, option.help);
    }
  }
  return Promise.resolve();
});

test("geartrain man prints it", async () => {
  const { status, stdout } = await runProgram(["man"]);
  assertEquals([status, stdout], [0, manualPage(COMMANDS)]);
});
