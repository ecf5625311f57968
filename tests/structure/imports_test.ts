import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Which folders the files of a folder may import from; the arrows point one way. */
const ALLOWED: Record<string, string[]> = {
  protocol: ["protocol"],
  options: ["options"],
  router: ["router", "store", "options", "protocol"],
  policies: ["policies", "router", "options", "protocol"],
  transport: ["transport", "router", "protocol"],
  client: ["client", "transport", "router", "options", "protocol", "version.ts"],
  store: ["store", "protocol"],
  durability: ["durability", "store", "router", "protocol"],
  server: [
    "server",
    "http",
    "client",
    "durability",
    "store",
    "transport",
    "policies",
    "router",
    "options",
    "protocol",
    "version.ts",
    "on_demand.ts",
  ],
  http: ["http", "server", "transport", "router", "options", "protocol"],
  testing: ["testing", "server.ts", "server", "transport", "router", "protocol"],
};

/** Packages that a folder takes from npm: those of the dashboard are in its bundle. */
const PACKAGES: Record<string, string[]> = {
  http: [
    "@preact/signals",
    "hono",
    "hono/accepts",
    "hono/body-limit",
    "hono/cookie",
    "hono/html",
    "hono/secure-headers",
    "preact",
    "preact/hooks",
    "uplot",
  ],
  policies: ["croner"],
  store: ["postgres"],
};

/** Those that deal with the system. */
const SYSTEM_FOLDERS = ["transport", "store"];

/** What only a runtime has. The web's own globals are not among them. */
const RUNTIME_GLOBALS =
  /\b(Deno|Bun|process|Buffer|require|__dirname|globalThis|console|crypto|setTimeout|setInterval|setImmediate|queueMicrotask|performance|Date)\b/;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...withoutComments(text).matchAll(/(?:from |import\()"([^"\s]+)"/g)].map((m) => m[1]);
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
}

/** What is loaded with a file: the files of the project, and the packages. */
function loadedWith(file: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  const text = withoutComments(readFileSync(join(ROOT, file), "utf8"));
  const statements = /^(?:import|export) (?!type )(?:[^;"]*? from )?"([^"\s]+)"/gm;
  for (const [, specifier] of text.matchAll(statements)) {
    if (!specifier.startsWith(".")) loaded.add(specifier);
    else loadedWith(relative(ROOT, resolve(ROOT, dirname(file), specifier)), loaded);
  }
  return loaded;
}

/** Folders that others of the product do not import: the program, and what is no part of the product. */
const FREE = [
  "bench",
  "build",
  "cli",
  "docs",
  "examples",
  "node_modules",
  "npm",
  "packaging",
  "tests",
];

describe("imports", () => {
  test("have a rule for every folder", () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) =>
        entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "dist"
      )
      .map(({ name }) => name);
    assertEquals(
      folders.filter((name) => !FREE.includes(name)).sort(),
      Object.keys(ALLOWED).sort(),
    );
  });

  for (const [folder, allowed] of Object.entries(ALLOWED)) {
    test(`of ${folder}/ stay within ${allowed.join(", ")}`, () => {
      const files = sources(folder);
      assert(files.length >= 2);
      for (const file of files) {
        for (const specifier of importsOf(file)) {
          if (specifier.startsWith("node:") && SYSTEM_FOLDERS.includes(folder)) continue;
          if (PACKAGES[folder]?.includes(specifier)) continue;
          assert(specifier.startsWith("."), `${file} imports ${specifier}`);
          const target = relative(ROOT, resolve(ROOT, dirname(file), specifier));
          assert(allowed.includes(target.split("/")[0]), `${file} imports ${target}`);
        }
      }
    });
  }

  for (const [folder, other] of [["client", "router"], ["router", "store"]]) {
    test(`of ${folder}/ take nothing but types from ${other}/`, () => {
      let found = 0;
      for (const file of sources(folder)) {
        const text = withoutComments(readFileSync(join(ROOT, file), "utf8"));
        const statements = new RegExp(`import ([^;]*?)from "(?:\\.\\./)+${other}/`, "g");
        for (const [, before] of text.matchAll(statements)) {
          assert(before.startsWith("type "), `${file} imports ${before}`);
          found++;
        }
      }
      assert(found > 0);
    });
  }

  test("protocol/, options/ and router/ name no global of a runtime and no wall clock", () => {
    for (const file of [...sources("protocol"), ...sources("options"), ...sources("router")]) {
      const text = withoutComments(readFileSync(join(ROOT, file), "utf8"))
        // A program may say when a job is to run; the router reads no clock for it.
        .replace(/readonly at\?: Date;/, "");
      const found = RUNTIME_GLOBALS.exec(text);
      assertEquals(found?.[0], undefined, `${file} names ${found?.[0]}`);
    }
  });

  test("protocol/ and router/ make no promise: a packet is done with when it has come in", () => {
    for (const file of [...sources("protocol"), ...sources("options"), ...sources("router")]) {
      const text = withoutComments(readFileSync(join(ROOT, file), "utf8"));
      const found = /\b(async|await|Promise)\b/.exec(text);
      assertEquals(found?.[0], undefined, `${file} has ${found?.[0]}`);
    }
  });

  test("Deno.listen, Bun.listen and node:net are named in transport/ only", () => {
    const front = readdirSync(ROOT).filter((name) => name.endsWith(".ts"));
    for (const file of [...front, ...sources("cli"), ...sources("client")]) {
      const text = withoutComments(readFileSync(join(ROOT, file), "utf8"));
      // Telling an address from a name opens no socket.
      const sockets = text.replace(/import \{ isIP(v[46])? \} from "node:net";/, "");
      assert(!/\b(Deno|Bun)\.(listen|connect)|"node:net"/.test(sockets), file);
    }
  });

  test("of the program load for a server no other command, no database and few packages", () => {
    const loaded = [...loadedWith("cli.ts")];
    assert(loaded.includes("router/router.ts") && loaded.includes("cli/serve/run_server.ts"));
    const more = loaded.filter((name) =>
      /^cli\/(?!serve\/|options\/)[^/]+\/|^cli\/commands\.ts|^http\/|^transport\/http\/(?!limits)|^node:http|sqlite|ndjson|toml|progress/
        .test(name)
    );
    assertEquals(more, []);
    const packages = loaded.filter((name) => !name.endsWith(".ts") && !name.startsWith("node:"));
    assertEquals(packages.sort(), ["@std/cli/parse-args", "@std/streams/text-line-stream"]);
  });
});
