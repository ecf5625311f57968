import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dashboard } from "../../../http/dashboard/mod.ts";
import { ROOT, withoutPackages } from "../../support/runtimes.ts";
import { unless } from "../../support/unless.ts";

function get(path: string, init: RequestInit = {}): Response | null {
  return dashboard(new Request(`http://127.0.0.1${path}`, init));
}

async function filesOfPage(): Promise<string[]> {
  const page = await get("/")!.text();
  return [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => `/${path}`);
}

describe("the dashboard's files", () => {
  test("are the page and what it names, which may be kept for ever", async () => {
    assertEquals(get("/")!.headers.get("Cache-Control"), "no-cache");
    const files = await filesOfPage();
    const types = files.map((path) => get(path)!.headers.get("Content-Type"));
    assertEquals(types, [
      "image/svg+xml",
      "text/css; charset=utf-8",
      "text/javascript; charset=utf-8",
    ]);
    for (const path of files) {
      assertMatch(path, /^\/assets\/[a-z]+-[0-9a-f]{12}\.[a-z]+$/);
      const { headers } = get(path)!;
      assertEquals(headers.get("Cache-Control"), "public, max-age=31536000, immutable");
      assertEquals(Number(headers.get("Content-Length")), (await get(path)!.bytes()).length);
    }
  });

  test("come again only when they have changed", async () => {
    for (const path of ["/", ...await filesOfPage()]) {
      const tag = get(path)!.headers.get("ETag")!;
      const again = get(path, { headers: { "If-None-Match": `"x", ${tag}` } })!;
      assertEquals([again.status, await again.text()], [304, ""]);
      assertEquals(get(path, { headers: { "If-None-Match": '"x"' } })!.status, 200);
      const head = get(path, { method: "HEAD" })!;
      assertEquals([head.headers.get("ETag"), await head.text()], [tag, ""]);
    }
  });

  test("are nothing else, and nothing is sent to them", () => {
    for (
      const path of [
        "/index.html",
        "/assets/",
        "/assets/app.js",
        "/api/v1/server",
        "//",
        "/assets/..%2f",
      ]
    ) {
      assertEquals(get(path), null, path);
    }
    assertEquals(get("/", { method: "POST" }), null);
  });

  test("have no script or style within the page, and load nothing from elsewhere", async () => {
    const page = await get("/")!.text();
    assert(!/<style|style=|<script>|\son\w+=|https?:/.test(page));
    const script = await get((await filesOfPage())[2])!.text();
    assert(!/\beval\(|new Function|document\.write/.test(script));
  });

  test("have the licences of what is built into them", async () => {
    const script = await get((await filesOfPage())[2])!.text();
    for (const name of ["preact", "@preact/signals", "@preact/signals-core", "uplot"]) {
      assertMatch(script, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, "m"));
    }
    assertEquals(script.match(/Permission is hereby granted, free of charge/g)?.length, 4);
  });
});

test(
  ...unless(withoutPackages, "the bundle in the repository is what its sources build"),
  async () => {
    const { buildDashboard } = await import("../../../build/dashboard.ts");
    const inRepository = readFileSync(join(ROOT, "http/dashboard/bundle.ts"), "utf8");
    assert(
      buildDashboard() === inRepository,
      "bun build/dashboard.ts makes another http/dashboard/bundle.ts",
    );
    assertStringIncludes(inRepository, "build/dashboard.ts");
  },
);
