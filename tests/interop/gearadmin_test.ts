import process from "node:process";
import { describe } from "node:test";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { program, run } from "../support/programs.ts";
import { interopTest, type JobServer } from "./job_server.ts";

const gearadmin = program("gearadmin", "gearman-tools");

/** What it prints; it exits with 0 whatever the server answers. */
async function admin(server: JobServer, ...args: string[]): Promise<string> {
  const address = ["-h", "127.0.0.1", "-p", String(server.port)];
  const { code, stdout, stderr } = await run(gearadmin.program, [...address, ...args]);
  assertEquals(code, 0);
  return stdout + stderr;
}

/** A background job, and its handle. */
async function submitted(server: JobServer, type: string, unique: string): Promise<string> {
  using peer = await server.peer();
  const [handle] = await peer.packet(type, "resize", unique, "data").expect("JOB_CREATED");
  return handle;
}

describe("gearadmin", () => {
  interopTest([gearadmin], "--status shows jobs, running ones and workers", async (server) => {
    using worker = await server.peer();
    worker.packet("CAN_DO", "resize");
    await submitted(server, "SUBMIT_JOB_BG", "a");
    await submitted(server, "SUBMIT_JOB_BG", "b");
    await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    assertEquals(await admin(server, "--status"), "resize\t2\t1\t1\n.\n");
  });

  interopTest([gearadmin], "--priority-status shows what waits, by priority", async (server) => {
    await submitted(server, "SUBMIT_JOB_HIGH_BG", "a");
    await submitted(server, "SUBMIT_JOB_LOW_BG", "b");
    await submitted(server, "SUBMIT_JOB_LOW_BG", "c");
    assertEquals(await admin(server, "--priority-status"), "resize\t1\t0\t2\t0\n.\n");
  });

  interopTest(
    [gearadmin],
    "--workers shows every connection and what it can do",
    async (server) => {
      using worker = await server.peer();
      worker.packet("SET_CLIENT_ID", "thumbs-1").packet("CAN_DO", "resize").packet(
        "CAN_DO",
        "crop",
      );
      await server.untilListed("workers", /crop/);
      const lines = (await admin(server, "--workers")).split("\n");
      assertEquals(lines.splice(2), [".", ""]);
      // gearmand lists the newest connection first.
      const [asking, thumbs] = lines.map((line) => line.replace(/^\d+ /, "")).sort();
      assertEquals(asking, "127.0.0.1 - :");
      assertEquals(
        thumbs,
        "127.0.0.1 thumbs-1 : crop resize",
      );
    },
  );

  interopTest([gearadmin], "--show-jobs and --show-unique-jobs list the jobs", async (server) => {
    const handle = await submitted(server, "SUBMIT_JOB_BG", "photo-7");
    assertEquals(await admin(server, "--show-jobs"), `${handle}\t0\t0\t1\n.\n`);
    assertEquals(await admin(server, "--show-unique-jobs"), "photo-7\n.\n");
  });

  interopTest([gearadmin], "--cancel-job cancels a job, once", async (server) => {
    const handle = await submitted(server, "SUBMIT_JOB_BG", "a");
    assertEquals(await admin(server, `--cancel-job=${handle}`), "OK\n");
    assertEquals(await admin(server, "--show-jobs"), ".\n");
    assertMatch(await admin(server, `--cancel-job=${handle}`), /^Error: UNKNOWN_JOB/);
  }, { notGearmand: "It goes on listing the job." });

  interopTest(
    [gearadmin],
    "--cancel-job tells a waiting client that its job failed",
    async (server) => {
      using client = await server.peer();
      const [handle] = await client.packet("SUBMIT_JOB", "resize", "", "x").expect("JOB_CREATED");
      assertEquals(await admin(server, `--cancel-job=${handle}`), "OK\n");
      assertEquals(await client.expect("WORK_FAIL"), [handle]);
    },
  );

  interopTest(
    [gearadmin],
    "--create-function and --drop-function, with whole names",
    async (server) => {
      assertEquals(await admin(server, "--create-function=resize"), "OK\n");
      assertEquals(await admin(server, "--status"), "resize\t0\t0\t0\n.\n");
      assertEquals(await admin(server, "--drop-function=resize"), "OK\n");
      assertEquals(await admin(server, "--status"), ".\n");
      assertMatch(await admin(server, "--drop-function=resize"), /^Error: function not found/);
    },
  );

  interopTest(
    [gearadmin],
    "--drop-function does not drop a function that has jobs",
    async (server) => {
      await submitted(server, "SUBMIT_JOB_BG", "a");
      assertMatch(await admin(server, "--drop-function=resize"), /^Error: there are still/);
      assertEquals(await admin(server, "--status"), "resize\t1\t0\t0\n.\n");
    },
    { notGearmand: "It drops the function." },
  );

  interopTest(
    [gearadmin],
    "--getpid, --server-version and --server-verbose tell about it",
    async (server) => {
      assertEquals(await admin(server, "--getpid"), `${process.pid}\n`);
      assertMatch(await admin(server, "--server-version"), /^\d+\.\d+\.\d+\S*\n$/);
      assertMatch(await admin(server, "--server-verbose"), /^[A-Z]+\n$/);
    },
    { notGearmand: "It has another process id than the test." },
  );

  interopTest([gearadmin], "does several operations in one run", async (server) => {
    const shown = await admin(server, "--create-function=resize", "--getpid", "--status");
    // It sends them in an order of its own.
    assertStringIncludes(shown, "OK\n");
    assertStringIncludes(shown, `${process.pid}\n`);
    assertStringIncludes(shown, "\n.\n");
  }, { notGearmand: "It has another process id than the test." });
});
