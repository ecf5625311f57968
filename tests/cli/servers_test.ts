import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { GEARADMIN_OPTIONS, gearadminServer } from "../../cli/gearadmin/gearadmin.ts";
import { OptionError } from "../../options/kinds.ts";
import { optionsOf } from "../../cli/options/option.ts";
import { readArguments, settingsOf } from "../../cli/options/arguments.ts";
import {
  SERVER_ROWS,
  serverAddress,
  serverAddresses,
  SERVERS_ROWS,
  type ServerSettings,
} from "../../cli/options/servers.ts";
import { freePort } from "../support/gearmand.ts";
import { Program, runProgram, startServe } from "../support/program.ts";
import { RawWorker } from "../client/raw_worker.ts";
import { startServer } from "../support/server.ts";

/** Where a command that asks one server finds it. */
function one(args: string, environment: Record<string, string> = {}) {
  const words = args.split(" ").filter((word) => word !== "");
  const { given } = readArguments(optionsOf(SERVER_ROWS), words);
  return serverAddress(settingsOf<ServerSettings>(given), environment);
}

/** Where a command that takes many finds them. */
function many(args: string, environment: Record<string, string> = {}) {
  const words = args.split(" ").filter((word) => word !== "");
  return serverAddresses(
    settingsOf(readArguments(optionsOf(SERVERS_ROWS), words).given),
    environment,
  );
}

describe("-h names a server", () => {
  const cases: [args: string, target: object][] = [
    ["", { hostname: "localhost", port: 4730 }],
    ["-h jobs1", { hostname: "jobs1", port: 4730 }],
    ["-h jobs1:4731", { hostname: "jobs1", port: 4731 }],
    ["-h jobs1 -p 4732", { hostname: "jobs1", port: 4732 }],
    ["-h jobs1:4731 -p 4732", { hostname: "jobs1", port: 4731 }],
    ["-h [::1]:4731", { hostname: "::1", port: 4731 }],
    ["-h [::1]", { hostname: "::1", port: 4730 }],
    ["-h ::1 -p 4732", { hostname: "::1", port: 4732 }],
    ["-h unix:/run/gear.sock", { path: "/run/gear.sock" }],
    ["--socket /run/gear.sock", { path: "/run/gear.sock" }],
    ["-p 4732", { hostname: "localhost", port: 4732 }],
  ];

  test("by name, address, port or path, alike for commands that ask one and many", () => {
    for (const [args, target] of cases) {
      assertEquals(one(args), target, args);
      const [address, ...others] = many(args);
      assertEquals(others, []);
      assertEquals(one(`-h ${address}`), target, args);
    }
  });

  test("and a wrong one is refused in words", () => {
    const wrong: [args: string, reason: string][] = [
      ["-h jobs1:0", "is not HOST, HOST:PORT, [IPV6]:PORT or unix:PATH"],
      ["-h unix:", "has no path"],
      ["-h a,b", "more than one server"],
      ["-h a --socket b", "given together with --socket"],
      ["-p 0", "must be a port from 1 to 65535"],
    ];
    for (const [args, reason] of wrong) {
      const { message } = assertThrows(() => one(args), OptionError);
      assertStringIncludes(message, reason);
    }
  });
});

describe("GEARMAN_SERVERS", () => {
  const set = (servers: string) => ({ GEARMAN_SERVERS: servers });

  test("names the servers when no option does", () => {
    assertEquals(one("", set("jobs1:4731")), { hostname: "jobs1", port: 4731 });
    assertEquals(many("", set("jobs1:4731, [::1] ,unix:/s")), [
      "jobs1:4731",
      "[::1]:4730",
      "unix:/s",
    ]);
    assertEquals(one("", set("  ")), { hostname: "localhost", port: 4730 });
    for (const args of ["-h localhost", "-p 4730"]) {
      assertEquals(one(args, set("jobs1:4731")), { hostname: "localhost", port: 4730 });
      assertEquals(many(args, set("jobs1:4731")), ["localhost:4730"]);
    }
    assertEquals(one("--socket /s", set("jobs1:4731")), { path: "/s" });
    assertEquals(one("--timeout 3", set("jobs1:4731")), { hostname: "jobs1", port: 4731 });
  });

  test("is refused when it names none, or more than one where one is asked", () => {
    const wrong = assertThrows(() => one("", set("jobs1:x")), OptionError);
    assertStringIncludes(wrong.message, 'GEARMAN_SERVERS: "jobs1:x" is not HOST');
    const several = assertThrows(() => one("", set("a,b")), OptionError);
    assertStringIncludes(several.message, "choose one of them with -h");
  });

  test("means nothing to gearadmin, which takes no port behind a host", () => {
    const { given } = readArguments(GEARADMIN_OPTIONS, ["-h", "::1", "--status"]);
    assertEquals(gearadminServer(settingsOf(given)), { hostname: "::1", port: 4730 });
  });

  test("is read by admin, why, top, ping, health, submit, work and bench", async () => {
    await using server = startServer();
    using _worker = await RawWorker.start(server.port, { upper: ({ payload }) => payload });
    const environment = set(`127.0.0.1:${server.port}`);
    const commands = [
      ["admin", "status"],
      ["why", "upper"],
      ["top", "--once"],
      ["ping"],
      ["health", "--ready"],
      ["submit", "upper", "x"],
      ["bench", "--jobs", "1"],
    ];
    for (const words of commands) {
      const { status, stderr } = await runProgram(words, environment);
      assertEquals([status, stderr], [0, []], words.join(" "));
    }
    await using worker = new Program(["work", "f", "--", "cat"], environment);
    await worker.line(/127\.0\.0\.1:\d+: connected/);
  });

  test("does not matter to a command that is told where the server is", async () => {
    const directory = mkdtempSync(join(tmpdir(), "geartrain-servers-"));
    try {
      const path = join(directory, "gear.sock");
      await using server = startServe(["--listen", `unix:${path}`]);
      const port = await server.port();
      const environment = set(`127.0.0.1:${await freePort()}`);
      for (const where of [`127.0.0.1:${port}`, `unix:${path}`]) {
        for (const words of [["ping"], ["top"], ["admin", "status"]]) {
          const { status } = await runProgram([...words, "-h", where], environment);
          assertEquals(status, 0, `${words} ${where}`);
        }
      }
      assertEquals((await runProgram(["ping"], environment)).status, 1);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
