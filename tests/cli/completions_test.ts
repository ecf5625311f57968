import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../cli/commands.ts";
import {
  bashCompletions,
  fishCompletions,
  zshCompletions,
} from "../../cli/completions/completions.ts";
import { runProgram } from "../support/program.ts";
import { program, testWith } from "../support/programs.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-completions-"));
after(() => rmSync(directory, { recursive: true, force: true }));
writeFileSync(join(directory, "a file.log"), "");

/** What a shell prints for a script of ours followed by what asks it something. */
function asked(shell: string, ...scripts: string[]): string[] {
  const { status, stdout, stderr } = spawnSync(shell, ["-c", scripts.join("\n")], {
    encoding: "utf8",
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory },
  });
  assertEquals([status, stderr], [0, ""]);
  return stdout.split("\n").slice(0, -1);
}

/** What bash offers at the end of a command line. */
function bash(...words: string[]): string[] {
  const list = words.map((word) => `'${word}'`).join(" ");
  return asked(
    "bash",
    bashCompletions(COMMANDS),
    `COMP_WORDS=(geartrain ${list}); COMP_CWORD=${words.length}; _geartrain`,
    `((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
}

/** What fish offers there, without its descriptions. */
function fish(line: string): string[] {
  const answers = asked("fish", fishCompletions(COMMANDS), `complete -C '${line}'`);
  return answers.map((answer) => answer.split("\t")[0]).sort();
}

/** The arguments that zsh's own function is called with for a command line. */
function zshArguments(...words: string[]): string[] {
  return asked(
    "zsh",
    "compdef() { :; }; _arguments() { print -rl -- $@; }; _describe() { print -rl -- $commands; }",
    zshCompletions(COMMANDS),
    `words=(geartrain ${words.join(" ")}); CURRENT=${words.length + 1}; _geartrain`,
  );
}

const NAMES = COMMANDS.map(({ name }) => name);

describe("geartrain completions", () => {
  testWith([program("bash", "bash")], "lets bash complete commands, options, words, files", () => {
    assertEquals(bash(""), [...NAMES, "--help", "--version"]);
    assertEquals(bash("se"), ["serve"]);
    assertEquals(bash("serve", "--pid"), ["--pid-file", "--pidfile"]);
    assertEquals(bash("serve", "--verbose", "N"), ["NOTICE"]);
    assertEquals(bash("serve", "-l", "a"), ["a file.log"]);
    assertEquals(bash("serve", "--port", ""), []);
    assertEquals(bash("completions", "z"), ["zsh"]);
    assertEquals(bash("nothing", ""), []);
    return Promise.resolve();
  });

  testWith([program("fish", "fish")], "lets fish complete commands, options, words, files", () => {
    assertEquals(fish("geartrain "), [...NAMES].sort());
    assertEquals(fish("geartrain se"), ["serve"]);
    assertEquals(fish("geartrain serve --pid"), ["--pid-file", "--pidfile"]);
    assertEquals(fish("geartrain serve --verbose N"), ["NOTICE"]);
    assertEquals(fish("geartrain serve -l a"), ["a file.log"]);
    assertEquals(fish("geartrain completions z"), ["zsh"]);
    return Promise.resolve();
  });

  testWith([program("zsh", "zsh")], "tells zsh of commands, options, words, files", () => {
    assertEquals(zshArguments("").map((line) => line.split(":")[0]), NAMES);
    const serve = zshArguments("serve", "");
    assert(serve.includes("(-l --log-file)--log-file[Where the log goes]:FILE:_files"));
    assert(serve.some((spec) => /^--verbose\[.*\]:LEVEL:\(FATAL .* DEBUG\)$/.test(spec)));
    assert(serve.some((spec) => spec.startsWith("*--listen[Listen there only]:ADDRESS:")));
    assert(zshArguments("completions", "").includes("1:completions:(bash zsh fish)"));
    return Promise.resolve();
  });

  test("prints the script for a shell", async () => {
    const { status, stdout } = await runProgram(["completions", "bash"]);
    assertEquals([status, stdout], [0, bashCompletions(COMMANDS)]);
  });

  test("names the shells when there is no such one, with status 1", async () => {
    for (const words of [[], ["tcsh"], ["bash", "zsh"], ["constructor"]]) {
      const { status, stderr } = await runProgram(["completions", ...words]);
      assertEquals([status, stderr.length], [1, 1]);
      assertStringIncludes(stderr[0], "bash, zsh, fish");
    }
  });
});
