import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { parse } from "yaml";
import { program, run, testWith } from "../support/programs.ts";
import { ROOT, textOf } from "./packaged.ts";
import { assertKnown } from "./promql.ts";

const PROMTOOL = program("promtool", "prometheus");
const RULES = join(ROOT, "packaging/prometheus/geartrain.rules.yml");
const TESTS = "packaging/prometheus/geartrain.rules_test.yml";
const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-alerts-"));
after(() => fs.rmSync(directory, { recursive: true }));

async function promtool(...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(PROMTOOL.program, args);
  assertEquals(code, 0, `${stdout}${stderr}`);
}

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: Record<string, string>;
}

interface Expected {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

const { groups }: { groups: { rules: Rule[] }[] } = parse(fs.readFileSync(RULES, "utf8"));
const rules = groups.flatMap(({ rules }) => rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);

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

  testWith(
    [PROMTOOL],
    "fire when they should, and else not",
    () => promtool("test", "rules", join(ROOT, TESTS)),
  );

  test("ask for metrics and labels that the server has", () => {
    const recorded = rules.flatMap(({ record }) => record ?? []);
    for (const { expr } of rules) {
      if (expr !== "vector(0.01)") assertKnown(expr, recorded);
    }
    assertThrows(() => assertKnown("gearman_job_total > 0"));
    assertThrows(() => assertKnown('gearman_jobs{fun="x"}'));
    assertThrows(() => assertKnown("sum by (outcome) (gearman_jobs)"));
    assertThrows(() => assertKnown("gearman:unknown:rate5m > 0", recorded));
  });

  test("say of each alert how bad it is, what is the matter, and where", () => {
    for (const { alert, labels, annotations } of alerts) {
      assert(["warning", "critical"].includes(labels?.severity ?? ""), alert);
      assertEquals(Object.keys(annotations ?? {}).sort(), ["description", "summary"], alert);
    }
  });

  test("are tested, each alert where it fires and where it does not", () => {
    const { rule_files, tests } = parse(textOf(TESTS));
    assertEquals(rule_files, [basename(RULES)]);
    const expected: Expected[] = tests.flatMap((one: { alert_rule_test: Expected[] }) =>
      one.alert_rule_test
    );
    const named = (fires: boolean) =>
      new Set(
        expected.filter((one) => one.exp_alerts.length > 0 === fires).map((e) => e.alertname),
      );
    const all = new Set(alerts.map(({ alert }) => alert!));
    assertEquals(named(true), all);
    assertEquals(named(false), all);
  });
});
