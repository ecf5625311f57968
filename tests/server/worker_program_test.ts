import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type PeerView, Server } from "../../mod.ts";
import { perlGearman, testWith } from "../support/programs.ts";
import { startServer } from "../support/server.ts";
import { unless } from "../support/unless.ts";
import { untilClients } from "./until_clients.ts";

const perl = perlGearman();
const PERL_WORKER = fileURLToPath(new URL("perl/stdio_worker.pl", import.meta.url));

describe("startWorker with a worker of Perl's Gearman::Worker", () => {
  testWith([perl], "gives it jobs over its standard input", async () => {
    await using listening = startServer();
    const { server } = listening;
    const worker = server.startWorker(perl.program, PERL_WORKER);
    assertEquals(server.clients(), [worker.client]);
    assertEquals(worker.client.peer.hostname, "[gearman_child]");
    using client = await listening.peer();
    for (let count = 0; count < 20; count++) {
      const [handle] = await client.packet("SUBMIT_JOB", "reverse", "", `job ${count}`).expect(
        "JOB_CREATED",
      );
      const expected = [...`job ${count}`].reverse().join("");
      assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, expected]);
    }
    const [handle] = await client.packet("SUBMIT_JOB", "progress", "", "").expect("JOB_CREATED");
    assertEquals(await client.expect("WORK_STATUS", 3), [handle, "1", "2"]);
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "done"]);
  });

  testWith([perl], "returns the process id of the worker itself", async () => {
    await using listening = startServer();
    const worker = listening.server.startWorker(perl.program, PERL_WORKER);
    using client = await listening.peer();
    await client.packet("SUBMIT_JOB", "pid", "", "").expect("JOB_CREATED");
    const [, pid] = await client.expect("WORK_COMPLETE", 2);
    assertEquals(pid, String(worker.pid));
  });

  testWith([perl], "passes a megabyte each way", async () => {
    await using listening = startServer();
    listening.server.startWorker(perl.program, PERL_WORKER);
    using client = await listening.peer();
    const payload = `${"x".repeat(1_000_000)}y`;
    const [handle] = await client.packet("SUBMIT_JOB", "reverse", "", payload).expect(
      "JOB_CREATED",
    );
    const [of, result] = await client.expect("WORK_COMPLETE", 2);
    assertEquals(of, handle);
    assert(result === `y${"x".repeat(1_000_000)}`);
  });

  testWith([perl], "its job goes to another worker when it is killed", async () => {
    await using listening = startServer();
    const { server } = listening;
    const first = server.startWorker(perl.program, PERL_WORKER);
    const started = new Promise<PeerView>((resolve) => {
      server.on("jobStarted", ({ worker }) => {
        if (worker === first.client) first.kill("SIGKILL");
        else resolve(worker);
      });
    });
    using client = await listening.peer();
    const [handle] = await client.packet("SUBMIT_JOB", "reverse", "", "abc").expect("JOB_CREATED");
    assertEquals(await first.exited, { code: null, signal: "SIGKILL" });
    const second = server.startWorker(perl.program, PERL_WORKER);
    assertEquals(await started, second.client);
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "cba"]);
  });

  testWith([perl], "stop ends the worker", async () => {
    const server = new Server();
    const worker = server.startWorker(perl.program, PERL_WORKER);
    await server.stop();
    assertEquals(await worker.exited, { code: null, signal: "SIGTERM" });
  });
});

describe("startWorker with any program", () => {
  test("its standard input and output are the connection, and its environment says so", async () => {
    await using server = new Server();
    const worker = run(
      server,
      'echo "create function use-$GEARMAN_WORKER_USE_STDIO-$$"; read answer',
    );
    const name = `use-1-${worker.pid}`;
    await worker.exited;
    await untilClients(server, 0);
    assertEquals(await functions(server), [name]);
  });

  test("it reads what the server answers", async () => {
    await using server = new Server();
    const worker = run(
      server,
      'echo getpid; read ok pid; echo "create function $pid"; read answer',
    );
    await worker.exited;
    await untilClients(server, 0);
    assertEquals(await functions(server), [String(process.pid)]);
  });

  test("arguments reach it as they are, whatever a shell would make of them", async () => {
    await using server = new Server();
    const args = ["a;b", "$(c)", "*", '"', "'"];
    const worker = run(server, 'for a; do echo "create function $a"; read answer; done', ...args);
    await worker.exited;
    await untilClients(server, 0);
    assertEquals(await functions(server), [...args].sort());
  });

  test("its end disconnects it and tells how it ended", async () => {
    await using server = new Server();
    assertEquals(await run(server, "exit 3").exited, { code: 3, signal: null });
    const killed = run(server, "read forever");
    killed.kill();
    assertEquals(await killed.exited, { code: null, signal: "SIGTERM" });
    await untilClients(server, 0);
    assertEquals(server.clients(), []);
  });

  test("a program that does not exist throws and leaves no client behind", async () => {
    await using server = new Server();
    for (const program of ["no-such-program-anywhere", "/no/such/program", "", "/tmp"]) {
      const error = assertThrows(() => server.startWorker(program), Error);
      assertEquals((error as Error & { code?: string }).code, "ENOENT");
      assertMatch((error as Error).message, /worker program/);
    }
    assertEquals(server.clients(), []);
  });

  test("a file that nobody may execute is no program", async () => {
    await using server = new Server();
    using folder = new ScriptFolder();
    const error = assertThrows(() => server.startWorker(folder.script(0o644)), Error);
    assertMatch(error.message, /there is no such program/);
  });

  const notRoot = process.getuid?.() !== 0 && "only root may";
  test(...unless(notRoot, "root may start a program of another user"), async () => {
    await using server = new Server();
    using folder = new ScriptFolder();
    const program = folder.script(0o700);
    fs.chownSync(program, 65534, 65534);
    assertEquals(await server.startWorker(program).exited, { code: 3, signal: null });
  });

  test("a server that is full, or has been stopped, starts none", async () => {
    const server = new Server({ maxConnections: 1 });
    server.toInprocessServer();
    assertThrows(() => run(server, "read forever"), Error, "1 connections");
    await server.stop();
    assertThrows(() => run(server, "read forever"), Error, "stopped");
  });
});

/** A folder that is gone afterwards, for a program that ends with status 3. */
class ScriptFolder {
  readonly #path = fs.mkdtempSync(join(tmpdir(), "geartrain-worker-"));

  script(mode: number): string {
    const path = join(this.#path, "program");
    fs.writeFileSync(path, "#!/bin/sh\nexit 3\n");
    fs.chmodSync(path, mode);
    return path;
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.#path, { recursive: true });
  }
}

function run(server: Server, script: string, ...args: string[]) {
  return server.startWorker("sh", "-c", script, "sh", ...args);
}

/** Names of the functions that the server knows, in the order of the listing. */
async function functions(server: Server): Promise<string[]> {
  const conn = server.toInprocessServer();
  await conn.write(new TextEncoder().encode("status\n"));
  await conn.closeWrite();
  const lines = (await new Response(conn.readable).text()).split("\n");
  return lines.filter((line) => line.includes("\t")).map((line) => line.split("\t")[0]);
}
