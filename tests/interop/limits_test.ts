import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import { assertEquals } from "@std/assert";
import { program, run, RunningProgram } from "../support/programs.ts";
import { interopTest } from "./job_server.ts";

const gearman = program("gearman", "gearman-tools");
const WORKERS = 3;
const JOBS = 6;

describe("limits of a rule hold for workers of the gearman tool", () => {
  interopTest([gearman], "of which one at a time has a job", async (server) => {
    const folder = mkdtempSync(join(tmpdir(), "geartrain-"));
    const file = join(folder, "jobs");
    const where = ["-h", "127.0.0.1", "-p", String(server.port), "-f", "one"];
    const command = ["sh", "-c", `echo begin >> '${file}'; sleep 0.05; echo end >> '${file}'`];
    const workers = Array.from(
      { length: WORKERS },
      () => new RunningProgram(gearman.program, [...where, "-w", "--", ...command]),
    );
    try {
      await server.untilListed("status", new RegExp(`^one\t0\t0\t${WORKERS}$`));
      for (let job = 0; job < JOBS; job++) {
        assertEquals((await run(gearman.program, [...where, "-b", "-s"])).code, 0);
      }
      await server.untilListed("status", new RegExp(`^one\t0\t0\t${WORKERS}$`));
      const lines = readFileSync(file, "utf8").trim().split("\n");
      assertEquals(lines, Array.from({ length: JOBS }, () => ["begin", "end"]).flat());
    } finally {
      for (const worker of workers) await worker[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    }
  }, {
    options: { policies: { one: { maxRunning: 1 } } },
    notGearmand: "it limits nothing",
  });
});
