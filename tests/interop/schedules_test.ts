import { describe } from "node:test";
import { perlGearman, phpGearman, RunningProgram } from "../support/programs.ts";
import { interopTest, type JobServerOptions, scriptPath } from "./job_server.ts";

const perl = perlGearman();
const php = phpGearman();

/** A server with a schedule for a function, which runs each second. */
function everySecond(name: string): JobServerOptions {
  const schedules = [{ name: "often", every: 1, function: name, payload: "data" }];
  return { options: { schedules }, notGearmand: "It has no schedules." };
}

/** The row of the schedule when its last job, which has the function, came to something. */
function ranWith(outcome: string, name: string): RegExp {
  return new RegExp(`^often\tactive\t\\d+\t\\d+\t${outcome}\tH:\\S+\t${name}\tevery 1s\t`);
}

describe("a schedule", () => {
  interopTest([perl], "has its jobs done by Perl's worker, and knows of it", async (server) => {
    const words = [scriptPath("perl/worker.pl"), `127.0.0.1:${server.port}`];
    await using _worker = new RunningProgram(perl.program, words, null);
    await server.untilListed("show schedules", ranWith("completed", "echo"));
  }, everySecond("echo"));

  interopTest([php], "knows of a job that failed in a PHP worker", async (server) => {
    const words = [scriptPath("php/worker.php"), `${server.port}`];
    await using _worker = new RunningProgram(php.program, words, null);
    await server.untilListed("show schedules", ranWith("failed", "fail"));
  }, everySecond("fail"));
});
