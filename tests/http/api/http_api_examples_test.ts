/** Runs the commands of docs/http-api.md against a server that is started as the page says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assert, assertEquals } from "@std/assert";
import { Worker } from "../../../mod.ts";
import { startServe } from "../../support/program.ts";
import { program, run, testWith } from "../../support/programs.ts";
import { ROOT } from "../../support/runtimes.ts";
import { shownCommands } from "../../support/shown_commands.ts";

const PATH = "docs/http-api.md";
/** These submit the jobs that others ask for, which the page shows before. */
const FIRST = /^printf|"unique": "cat-1"/;

/** The options that the page says it was run with, but for the port. */
function optionsOfPage(): string[] {
  const page = readFileSync(join(ROOT, PATH), "utf8");
  const [, options] = /against `geartrain serve --http 4780 (.*)`/.exec(page)!;
  return options.split(" ");
}

/** What is the same in every run: not handles, times and ages. */
function lasting(text: string): string {
  return text.replaceAll("\r", "").replaceAll(/H:gear1:\d{20,}/g, "HANDLE")
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"TIME"')
    .replaceAll(/"(ageSeconds|oldestSeconds)":[\d.e-]+/g, '"$1":AGE')
    .replaceAll(/for \S+ \S+ now/g, "for AGE now").trimEnd();
}

testWith([program("curl", "curl")], `${PATH} shows what the API answers`, async () => {
  await using server = startServe([
    ...["--http", "0", "--job-handle-prefix", "H:gear1"],
    ...optionsOfPage(),
  ]);
  const port = await server.port();
  const [place] = /\S+$/.exec(await server.line(/HTTP is served on /))!;
  await using _worker = new Worker({
    servers: [`127.0.0.1:${port}`],
    functions: { reverse: (job) => [...job.text()].toReversed().join("") },
  });
  const shown = shownCommands(PATH);
  assert(shown.length >= 9, `${shown.length}`);
  const inOrder = [
    ...shown.filter(({ line }) => FIRST.test(line)),
    ...shown.filter(({ line }) => !FIRST.test(line)),
  ];
  for (const { line, output } of inOrder) {
    assert(line.includes("localhost:4780"), line);
    const { stdout, stderr } = await run("sh", ["-c", line.replace("localhost:4780", place)]);
    assertEquals(lasting(stdout), lasting(output), `${line}\n${stderr}`);
  }
});
