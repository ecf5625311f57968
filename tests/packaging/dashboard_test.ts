import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { program, run, testWith } from "../support/programs.ts";
import { textOf } from "./packaged.ts";
import { assertKnown, partsOf } from "./promql.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

const dashboard: Dashboard = JSON.parse(textOf("packaging/grafana/geartrain.json"));
const { panels, templating: { list: variables } } = dashboard;
const targets = panels.flatMap(({ targets }) => targets ?? []);

const PROMTOOL = program("promtool", "prometheus");

const directory = mkdtempSync(join(tmpdir(), "geartrain-dashboard-"));
after(() => rmSync(directory, { recursive: true }));

/** A file of rules that record what the dashboard asks for. */
function asRules(): string {
  const rules = targets.map(({ expr }, index) => ({
    record: `query_${index}`,
    expr: expr.replaceAll("$__rate_interval", "5m"),
  }));
  const path = join(directory, "rules.json");
  writeFileSync(path, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
  return path;
}

describe("the dashboard for Grafana", () => {
  test("asks for metrics and labels that the server has", () => {
    for (const { expr } of targets) assertKnown(expr);
    for (const { query } of variables) {
      if (typeof query === "string") continue;
      const [, metric, label] = /^label_values\((.*), (\w+)\)$/.exec(query.query)!;
      assertKnown(`sum by (${label}) (${metric})`);
    }
  });

  testWith([PROMTOOL], "asks in the language of Prometheus", async () => {
    const { code, stdout, stderr } = await run(PROMTOOL.program, ["check", "rules", asRules()]);
    assertEquals(code, 0, stdout + stderr);
  });

  test("shows in its legends labels that its queries keep", () => {
    for (const { expr, legendFormat } of targets) {
      const { grouped } = partsOf(expr);
      if (grouped.length === 0) continue;
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        assert(grouped.includes(label), `${legendFormat} of ${expr}`);
      }
    }
  });

  test("uses the variables that it has", () => {
    const used = JSON.stringify(dashboard).matchAll(/\$\{?(?!__)(\w+)/g);
    assertEquals(
      new Set([...used].map(([, name]) => name)),
      new Set(variables.map(({ name }) => name)),
    );
  });

  test("has panels that lie side by side, each with a number of its own", () => {
    assertEquals(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos: { x, y, w, h } } of panels) {
      assert(x + w <= 24, title);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          assertEquals(taken.get(`${column} ${line}`), undefined, title);
          taken.set(`${column} ${line}`, title);
        }
      }
    }
  });
});
