import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../cli/commands.ts";
import { didYouMean } from "../../cli/options/did_you_mean.ts";
import { commandHelp, programHelp } from "../../cli/options/help.ts";
import { runProgram } from "../support/program.ts";

const WORDS = ["status", "store", "submit", "work", "jobs", "job", "top"];

describe("a word that is not known", () => {
  test("brings the nearest one that is to mind", () => {
    const meant: [word: string, nearest: string][] = [
      ["statsu", "status"],
      ["Status", "status"],
      ["subnit", "submit"],
      ["sumbit", "submit"],
      ["stor", "store"],
      ["jbos", "jobs"],
      ["tpo", "top"],
      ["sub", "submit"],
      ["works", "work"],
    ];
    for (const [word, nearest] of meant) {
      assertEquals(didYouMean(word, WORDS), `; did you mean ${nearest}?`, word);
    }
  });

  test("brings none to mind that is another word", () => {
    for (const word of ["xyz", "restart", "s", "", "st", "zzzzzzzz"]) {
      assertEquals(didYouMean(word, WORDS), "", word);
    }
  });
});

describe("geartrain asks whether another one was meant", () => {
  const wrong: [args: string[], question: string][] = [
    [["sumbit"], "unknown command sumbit; did you mean submit?"],
    [["--hlep"], "unknown option --hlep; did you mean --help?"],
    [["--verison"], "unknown option --verison; did you mean --version?"],
    [["status"], "unknown command status; did you mean admin status?"],
    [["help", "vacuum"], "unknown command vacuum; did you mean store vacuum?"],
    [["help", "toop"], "did you mean top?"],
    [["admin", "stats"], 'unknown word "stats"; did you mean status?'],
    [["store", "chekc", "f"], "did you mean check?"],
    [["serve", "--prot", "1"], "unknown option --prot; did you mean --port?"],
    [["submit", "f", "--backgroud"], "unknown option --backgroud; did you mean --background?"],
    [["work", "f", "--concurency=3", "--", "cat"], "did you mean --concurrency?"],
    [["ping", "--hots", "x"], "unknown option --hots; did you mean --host?"],
    [["top", "--ones"], "did you mean --once?"],
  ];
  for (const [args, question] of wrong) {
    test(`of ${args.join(" ")}`, async () => {
      const { status, stdout, stderr } = await runProgram(args);
      assertEquals([status, stdout, stderr.length], [1, "", 1]);
      assertStringIncludes(stderr[0], question);
    });
  }

  test("but not where nothing is near, nor of the names of other programs", async () => {
    for (const args of [["xyz"], ["serve", "--xyzzy"], ["admin", "restart"]]) {
      const { stderr } = await runProgram(args);
      assert(!stderr[0].includes("did you mean"), stderr[0]);
    }
  });
});

describe("geartrain help", () => {
  test("explains the program, and with a command that one", async () => {
    assertEquals((await runProgram(["help"])).stdout, programHelp(COMMANDS));
    for (const command of COMMANDS.filter(({ name }) => ["serve", "help"].includes(name))) {
      const { status, stdout } = await runProgram(["help", command.name]);
      assertEquals([status, stdout], [0, commandHelp(command)]);
    }
  });

  test("fails with 1 for what is no command", async () => {
    for (const args of [["none"], ["top", "now"]]) {
      const { status, stdout, stderr } = await runProgram(["help", ...args]);
      assertEquals([status, stdout, stderr.length], [1, "", 1]);
    }
  });
});
