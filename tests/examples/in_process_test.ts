import { assertEquals } from "@std/assert";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { program, testWith } from "../support/programs.ts";
import { unless } from "../support/unless.ts";
import { commandOf, startExample, withoutArguments } from "./example.ts";

const perl = program("perl", "perl-base");
const FILTER = fileURLToPath(new URL("without_sockets.pl", import.meta.url));
const hasFilter = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);

/** A test that starts programs which the kernel ends when they make a socket. */
function testWithFilter(name: string, body: (through: string[]) => Promise<void>): void {
  if (hasFilter) testWith([perl], name, () => body([perl.program, FILTER]));
  else test(...unless("the filter is for Linux on x64 and arm64", name), () => {});
}

describe("examples/in_process.ts", () => {
  test("prints each word as its worker has turned it round", async () => {
    const { code, stdout } = await startExample("in_process.ts", ["workload", "geartrain"]).ended;
    assertEquals([code, stdout], [0, "daolkrow\nniartraeg\n"]);
  });

  test("is given no permission on Deno", () => {
    const command = withoutArguments(commandOf("in_process.ts", "deno"), "in_process.ts");
    assertEquals(command, ["deno", "run", "examples/in_process.ts"]);
  });

  testWithFilter("does its jobs where whoever makes a socket is killed", async (through) => {
    const { code, stdout } = await startExample("in_process.ts", ["workload"], through).ended;
    assertEquals([code, stdout], [0, "daolkrow\n"]);
  });

  testWithFilter("the same kills a server that listens", async (through) => {
    const { code, stdout } = await startExample("server.ts", ["0"], through).ended;
    assertEquals([code, stdout], [null, ""]);
  });
});
