import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { program, run, RunningProgram, testWith } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { portOf, startExample } from "./example.ts";

const gearman = program("gearman", "gearman-tools");

/** The example, and a client whose job a worker has taken. */
class ExampleWithJob implements AsyncDisposable {
  private constructor(
    readonly example: RunningProgram,
    readonly worker: RawPeer,
    readonly client: RawPeer,
    readonly handle: string,
  ) {}

  static async start(): Promise<ExampleWithJob> {
    const example = startExample("server.ts", ["0"]);
    const port = await portOf(example);
    const worker = await RawPeer.connect(port);
    const client = await RawPeer.connect(port);
    const [handle] = await client.packet("SUBMIT_JOB", "reverse", "", "abc").expect("JOB_CREATED");
    await worker.packet("CAN_DO", "reverse").packet("GRAB_JOB").expect("JOB_ASSIGN");
    return new ExampleWithJob(example, worker, client, handle);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.worker.destroy();
    this.client.destroy();
    await this.example[Symbol.asyncDispose]();
  }
}

describe("examples/server.ts", () => {
  testWith([gearman], "serves the gearman tool and logs its job", async () => {
    await using example = startExample("server.ts", ["0"]);
    const at = ["-h", "127.0.0.1", "-p", String(await portOf(example))];
    const worker = new RunningProgram(gearman.program, [...at, "-w", "-f", "wc", "--", "wc", "-l"]);
    await using _worker = worker;
    const { code, stdout } = await run(gearman.program, [...at, "-f", "wc"], "one\ntwo\n");
    assertEquals([code, stdout.trim()], [0, "2"]);
    assertEquals((await example.nextLine()).replace(/ H:\S+ /, " HANDLE "), "wc HANDLE completed");
    // Before the server, which it would otherwise look for without a pause.
    worker.kill("SIGKILL");
    await worker.ended;
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`at ${signal} it ends when no job is left`, async () => {
      await using running = await ExampleWithJob.start();
      const { example, worker, client, handle } = running;
      example.kill(signal);
      assertEquals(await example.nextLine(), `${signal}: ending when no job is left`);
      worker.packet("WORK_COMPLETE", handle, "cba");
      assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "cba"]);
      assertEquals(await example.nextLine(), `reverse ${handle} completed`);
      assertEquals((await example.ended).code, 0);
    });
  }

  test("at the second signal it ends although a job is left", async () => {
    await using running = await ExampleWithJob.start();
    const { example } = running;
    example.kill("SIGTERM");
    assertEquals(await example.nextLine(), "SIGTERM: ending when no job is left");
    example.kill("SIGINT");
    assertEquals(await example.nextLine(), "SIGINT: ending");
    assertEquals((await example.ended).code, 0);
  });
});
