import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Client } from "../../client/client.ts";
import { NoWorkerNotice, PATIENCE } from "../../cli/submit/no_worker_notice.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { RawWorker } from "../client/raw_worker.ts";
import { freePort, Gearmand } from "../support/gearmand.ts";
import { programWords } from "../support/program.ts";
import { program, testWith } from "../support/programs.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { Terminal, tmux } from "../support/terminal.ts";

/** Somebody who has submitted jobs of a function and looks at his terminal. */
class Watcher implements AsyncDisposable {
  readonly said: string[] = [];
  readonly clock = new ManualClock();
  readonly client: Client;
  readonly notice: NoWorkerNotice;

  constructor(ports: readonly number[]) {
    const servers = ports.map((port) => `127.0.0.1:${port}`);
    this.client = new Client({ servers });
    this.notice = new NoWorkerNotice({
      client: this.client,
      servers,
      functionName: "resize",
      clock: this.clock,
      say: (text) => this.said.push(text),
    });
  }

  /** Submits a job, which the server has taken. */
  async submit(): Promise<{ readonly whenCreated: Promise<string> }> {
    const job = this.client.submit("resize", "x");
    job.result().catch(() => {});
    await job.handle;
    const submitted = { whenCreated: job.handle };
    this.notice.submitted(submitted);
    return submitted;
  }

  /** Nothing comes back for some time. */
  async wait(milliseconds = PATIENCE): Promise<readonly string[]> {
    this.clock.advance(milliseconds);
    await this.notice.look;
    return this.said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.notice.stop();
    await this.client.close();
  }
}

function message({ port }: TestServer): string {
  return `no worker can do resize at 127.0.0.1:${port}; the job waits for one`;
}

describe("geartrain submit on a terminal", () => {
  test("says after two seconds that no worker can do the job, once", async () => {
    await using server = startServer();
    await using watcher = new Watcher([server.port]);
    await watcher.submit();
    assertEquals(await watcher.wait(1999), []);
    assertEquals(await watcher.wait(1), [message(server)]);
    assertEquals(await watcher.wait(60_000), [message(server)]);
  });

  test("says nothing of a job that runs, or waits for a busy worker", async () => {
    await using server = startServer();
    using worker = await server.peer();
    await using watcher = new Watcher([server.port]);
    worker.packet("CAN_DO", "resize");
    const first = await watcher.submit();
    await watcher.submit();
    await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    assertEquals(await watcher.wait(), []);
    // It goes on with its job, but takes no other.
    await worker.packet("CANT_DO", "resize").packet("ECHO_REQ", "").expect("ECHO_RES");
    watcher.notice.over(first);
    assertEquals(await watcher.wait(), [message(server)]);
  });

  test("says nothing of jobs that are over, or of which nobody awaits the result", async () => {
    await using server = startServer();
    await using watcher = new Watcher([server.port]);
    watcher.notice.submitted({ whenCreated: null });
    assertEquals(watcher.clock.timers, 0);
    const job = await watcher.submit();
    watcher.notice.over(job);
    assertEquals([watcher.clock.timers, await watcher.wait()], [0, []]);
    await watcher.submit();
    watcher.notice.stop();
    assertEquals([watcher.clock.timers, await watcher.wait()], [0, []]);
  });

  test("begins anew whenever a job is over", async () => {
    await using server = startServer();
    await using watcher = new Watcher([server.port]);
    const [first] = [await watcher.submit(), await watcher.submit()];
    await watcher.wait(1500);
    watcher.notice.over(first);
    assertEquals(await watcher.wait(1500), []);
    assertEquals(await watcher.wait(500), [message(server)]);
  });

  test("means the servers on which the jobs wait", async () => {
    await using one = startServer();
    await using other = startServer();
    await using watcher = new Watcher([one.port, await freePort(), other.port]);
    await watcher.submit();
    assertEquals(await watcher.wait(), [message(one)]);
    using worker = await one.peer();
    await worker.packet("CAN_DO", "resize").packet("ECHO_REQ", "").expect("ECHO_RES");
    await using second = new Watcher([one.port, other.port]);
    await second.submit();
    assertEquals(await second.wait(), []);
  });

  test("says nothing of a server that does not answer any more", async () => {
    const server = startServer();
    await using watcher = new Watcher([server.port]);
    await watcher.submit();
    await server.stop();
    assertEquals(await watcher.wait(), []);
  });

  const gearmand = program("gearmand", "gearman-job-server");
  testWith([gearmand], "says it of gearmand too", async () => {
    await using server = await Gearmand.start(gearmand.program);
    await using watcher = new Watcher([server.port]);
    await watcher.submit();
    assertEquals((await watcher.wait()).length, 1);
  });

  testWith([tmux], "goes on waiting, and prints the result when a worker comes", async () => {
    await using server = startServer();
    const address = ["-h", `127.0.0.1:${server.port}`];
    using terminal = new Terminal([...programWords(), "submit", "resize", "x", ...address]);
    await terminal.until(/geartrain: no worker can do resize at 127\.0\.0\.1/);
    using _worker = await RawWorker.start(server.port, { resize: () => "small\n" });
    await terminal.until(/small\nended with 0/);
  });
});
