/** docs/http-api.md lists every request that the OpenAPI document has, and no other. */
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { openApi } from "../../../http/api/openapi.ts";

const DOC = readFileSync(new URL("../../../docs/http-api.md", import.meta.url), "utf8");

test("docs/http-api.md lists the requests that there are", () => {
  const { paths } = openApi("1.2.3") as { paths: Record<string, object> };
  const known = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const listed = [...DOC.matchAll(/^\| `([A-Z]+ \/\S*)` +\|/gm)].map(([, request]) => request);
  assertEquals(listed.sort(), known.sort());
});
