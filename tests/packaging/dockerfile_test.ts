import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { DockerfileParser } from "dockerfile-ast";
import { validate, ValidationSeverity } from "dockerfile-utils";
import { runProgram } from "../support/program.ts";
import { textOf } from "./packaged.ts";

const TEXT = textOf("Dockerfile");
const ALL = DockerfileParser.parse(TEXT).getInstructions()
  .map((one) => ({ keyword: one.getKeyword(), content: one.getArgumentsContent() ?? "" }));
/** The stage that the image is made of. */
const IMAGE = ALL.slice(ALL.map(({ keyword }) => keyword).lastIndexOf("FROM"));

/** The one instruction of a kind in the last stage. */
function only(keyword: string): string {
  const found = IMAGE.filter((one) => one.keyword === keyword);
  assertEquals(found.length, 1, keyword);
  return found[0].content;
}

/** The words of a command that is a list; the only form for an image without a shell. */
function listIn(content: string): string[] {
  return JSON.parse(content.slice(content.indexOf("[")));
}

function faults(text: string): string[] {
  const strict = {
    deprecatedMaintainer: ValidationSeverity.ERROR,
    directiveCasing: ValidationSeverity.ERROR,
    emptyContinuationLine: ValidationSeverity.ERROR,
    instructionCasing: ValidationSeverity.ERROR,
    instructionCmdMultiple: ValidationSeverity.ERROR,
    instructionEntrypointMultiple: ValidationSeverity.ERROR,
    instructionHealthcheckMultiple: ValidationSeverity.ERROR,
    instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
    instructionWorkdirRelative: ValidationSeverity.ERROR,
  };
  return validate(text, strict).map(({ message }) => String(message));
}

describe("the Dockerfile", () => {
  test("has nothing that the linter finds fault with", () => {
    assertEquals(faults(TEXT), []);
    assertEquals(faults(`${TEXT}USERR 0\n`), ["Unknown instruction: USERR"]);
  });

  test("makes an image whose user is not root, by number", () => {
    assertMatch(only("USER"), /^[1-9]\d*:[1-9]\d*$/);
  });

  test("says its commands as lists, so that signals reach the program", async () => {
    assertEquals(listIn(only("ENTRYPOINT")), ["geartrain"]);
    const { stdout } = await runProgram(["--help"]);
    const health = listIn(only("HEALTHCHECK")).slice(1);
    // Whatever GEARMAN_SERVERS says there.
    assertEquals(health.slice(1), ["--host", "localhost"]);
    for (const [word] of [listIn(only("CMD")), health]) {
      assertMatch(stdout, new RegExp(`^ +${word} `, "m"));
    }
    assert(!ALL.some(({ keyword }) => keyword === "RUN"));
  });

  test("names the port that the server listens on without options", async () => {
    const { stdout } = await runProgram(["serve", "--help"]);
    assert(stdout.includes(`port ${only("EXPOSE")} `));
  });

  test("copies programs that are built for Linux, and .dockerignore lets exactly these through", () => {
    const copied = ALL.filter(({ keyword }) => keyword === "COPY")
      .map(({ content }) => content.split(" ")[0]).filter((path) => path.startsWith("dist/"));
    assertEquals(copied, ["dist/geartrain-linux-x64", "dist/geartrain-linux-arm64"]);
    const ignored = textOf(".dockerignore").split("\n").filter((line) => /^[^#]/.test(line));
    assertEquals(ignored, ["*", ...copied.map((path) => `!${path}`)]);
  });

  test("declares no ARG before its first stage: that would empty the architecture which BuildKit sets", () => {
    assertEquals(ALL[0].keyword, "FROM");
  });

  test("has a folder for the store that its user owns", () => {
    const user = only("USER");
    const folder = /^FROM scratch AS folders\nWORKDIR \/lib\/geartrain$/m;
    assertMatch(TEXT, folder);
    assert(TEXT.includes(`\nCOPY --from=folders --chown=${user} /lib /var/lib\n`));
  });

  test("has a stage for each architecture that the release has an image for", () => {
    const stages = ALL.filter(({ keyword }) => keyword === "FROM")
      .flatMap(({ content }) => / AS program-(\w+)$/.exec(content)?.[1] ?? []);
    const [, platforms] = /platforms: (\S+)/.exec(textOf(".github/workflows/release.yml"))!;
    assertEquals(platforms, stages.map((stage) => `linux/${stage}`).join(","));
  });
});
