import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { EndlessServer } from "../support/endless_server.ts";
import { inEnoughTime, runProgram } from "../support/program.ts";

/** Commands that ask a server; the last two for lines without end. */
const COMMANDS = [["ping"], ["health", "--ready"], ["admin", "version"], ["admin", "status"], [
  "top",
  "--once",
]];

async function saidOf(args: readonly string[], server: EndlessServer): Promise<unknown[]> {
  const { status, stdout, stderr } = await runProgram([...args, "-p", `${server.port}`]);
  return [status, stdout, stderr];
}

describe("A server whose answer does not end", () => {
  for (const args of COMMANDS) {
    const name = `geartrain ${args.join(" ")}`;

    test(`has no more than its time from ${name}, though some comes again and again`, async () => {
      for (const piece of ["x", "OK"]) {
        using server = await EndlessServer.start(piece, 20);
        await inEnoughTime(async (seconds) => {
          const expected = `geartrain: the server does not answer in full within ${seconds} s`;
          assertEquals(await saidOf([...args, "--timeout", seconds], server), [1, "", [expected]]);
        });
      }
    });

    test(`costs ${name} no more memory than an answer may have`, async () => {
      using server = await EndlessServer.start("x".repeat(100_000));
      const isLine = !["status", "--once"].includes(args.at(-1)!);
      const limit = isLine ? "64 KiB" : "64 MiB";
      const expected = `geartrain: the answer is too large: more than ${limit}`;
      assertEquals(await saidOf([...args, "--timeout", "60"], server), [1, "", [expected]]);
    });
  }
});
