import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { FAMILIES } from "../../http/metrics/families.ts";
import { program, run, testWith } from "../support/programs.ts";
import { ROOT } from "../support/runtimes.ts";

const PROMTOOL = program("promtool", "prometheus");
const RULES = join(ROOT, "packaging/prometheus/geartrain.rules.yml");
const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-alerts-"));
after(() => fs.rmSync(directory, { recursive: true }));

async function promtool(...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(PROMTOOL.program, args);
  assertEquals(code, 0, `${stdout}${stderr}`);
}

describe("the alerts for Prometheus", () => {
  testWith([PROMTOOL], "are rules", () => promtool("check", "rules", RULES));

  testWith(
    [PROMTOOL],
    "say what is wrong, and nothing of a server that does its jobs",
    async () => {
      const tests = fs.readFileSync(join(ROOT, "tests/packaging/alerts.yml"), "utf8");
      const file = join(directory, "alerts.yml");
      fs.writeFileSync(file, tests.replace("RULES", JSON.stringify(RULES)));
      await promtool("test", "rules", file);
    },
  );

  test("ask for metrics that there are", () => {
    const rules = fs.readFileSync(RULES, "utf8");
    const names = new Set(FAMILIES.map(({ name }) => name));
    const asked = [...rules.matchAll(/gearman_\w+/g)].map(([name]) => name);
    assert(asked.length > 10);
    assertEquals(asked.filter((name) => !names.has(name)), []);
  });
});
