/** What `deno task serve` and `npm start` let Deno do. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { processMemory } from "../../transport/machine.ts";
import { denoConfig, denoProgram, ROOT } from "../support/runtimes.ts";

function parsed(file: string) {
  return JSON.parse(readFileSync(join(ROOT, file), "utf8"));
}

function permissionsOf(command: string): string[] {
  return command.split(" ").filter((word) => word.startsWith("--allow-"));
}

const served = permissionsOf(parsed("deno.json").tasks.serve);

describe("the server that 'deno task serve' and 'npm start' run", () => {
  test("has the same permissions by both", () => {
    assertEquals(permissionsOf(parsed("package.json").scripts.start), served);
  });

  test("has those that docs/installation.md explains", () => {
    const page = readFileSync(join(ROOT, "docs/installation.md"), "utf8");
    const [, table] = /### Permissions on Deno\n([^]*?)\n\nTwo options/.exec(page)!;
    const rows = [...table.matchAll(/^\| (`--allow[^|]*)\|/gm)].map(([, cell]) => cell);
    const explained = rows.flatMap((cell) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word)
    );
    assertEquals(explained, served);
  });

  test("knows the memory of the machine or container, from which its limits follow", () => {
    const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
    try {
      const script = join(directory, "memory.ts");
      const module = JSON.stringify(join(ROOT, "transport/machine.ts"));
      writeFileSync(
        script,
        `import { processMemory } from ${module};\nconsole.log(processMemory().total);`,
      );
      const args = ["run", "--no-prompt", "--config", denoConfig(), ...served, script];
      const { stdout, stderr } = spawnSync(denoProgram(), args, { encoding: "utf8" });
      assertEquals(stdout.trim(), String(processMemory().total), stderr);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
