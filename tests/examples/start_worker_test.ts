import { assert, assertEquals, assertMatch } from "@std/assert";
import process from "node:process";
import { describe } from "node:test";
import { perlGearman, program, type RunningProgram, testWith } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { portOf, startExample } from "./example.ts";

const perl = perlGearman();
const env = program("env", "coreutils");

/** What the example says of its workers, until it has said `started` or `ended` so many times. */
async function untilSaid(
  example: RunningProgram,
  word: "started" | "ended",
  times: number,
): Promise<{ started: number[]; ended: number[]; reasons: Set<string> }> {
  const said = { started: [] as number[], ended: [] as number[], reasons: new Set<string>() };
  while (said[word].length < times) {
    const line = await example.nextLine();
    const [, pid, start, reason] = /^Worker (\d+) (?:(started)|ended: (.+))$/.exec(line) ?? [];
    assert(pid !== undefined, line);
    if (start === undefined) said.reasons.add(reason);
    said[start === undefined ? "ended" : "started"].push(Number(pid));
  }
  return said;
}

/** The result of a job. */
async function result(client: RawPeer, functionName: string, workload = ""): Promise<string> {
  const [handle] = await client.packet("SUBMIT_JOB", functionName, "", workload).expect(
    "JOB_CREATED",
  );
  const [of, data] = await client.expect("WORK_COMPLETE", 2);
  assertEquals(of, handle);
  return data;
}

describe("examples/start_worker.ts", () => {
  testWith([perl], "starts two programs that do jobs", async () => {
    await using example = startExample("start_worker.ts", ["0"]);
    using client = await RawPeer.connect(await portOf(example));
    const { started } = await untilSaid(example, "started", 2);
    assertEquals(await result(client, "reverse", "hello"), "olleh");
    assert(started.includes(Number(await result(client, "pid"))));
  });

  testWith([perl], "starts others when they are killed, and jobs wait for them", async () => {
    await using example = startExample("start_worker.ts", ["0"]);
    using client = await RawPeer.connect(await portOf(example));
    const { started: lost } = await untilSaid(example, "started", 2);
    for (const pid of lost) process.kill(pid, "SIGKILL");
    const waiting = result(client, "pid");
    const { started: fresh, ended, reasons } = await untilSaid(example, "started", 2);
    assertEquals([ended.sort(), [...reasons]], [lost.sort(), ["SIGKILL"]]);
    assert(fresh.includes(Number(await waiting)));
  });

  testWith([perl, env], "goes on trying with a program that cannot begin", async () => {
    const broken = [env.program, "PERL5OPT=-MNo::Such::Module"];
    await using example = startExample("start_worker.ts", ["0"], broken);
    using client = await RawPeer.connect(await portOf(example));
    assertEquals((await untilSaid(example, "started", 4)).reasons, new Set(["exit code 2"]));
    assertMatch(await client.send("getpid\n").nextLine(), /^OK/);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    testWith([perl], `at ${signal} it ends with its workers`, async () => {
      await using example = startExample("start_worker.ts", ["0"]);
      await portOf(example);
      const { started } = await untilSaid(example, "started", 2);
      example.kill(signal);
      const { ended, reasons } = await untilSaid(example, "ended", 2);
      assertEquals([ended.sort(), [...reasons]], [started.sort(), ["SIGTERM"]]);
      assertEquals((await example.ended).code, 0);
    });
  }
});
