/**
 * Programs that watch job servers, by how they read what the server answers: check_gearman and
 * gearman_top of mod-gearman, and the collector of Netdata. All were written for gearmand.
 */
import { describe } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { interopTest, type JobServer } from "./job_server.ts";

const FUNCTIONS = ["Report Export", "report%2Fdaily", "user%40example", "100%", "f\xc3\xbc"];

/** A worker of all functions, and a job for each. */
async function withJobs(server: JobServer): Promise<Disposable> {
  const peer = await server.peer();
  for (const name of FUNCTIONS) {
    await peer.packet("SUBMIT_JOB_BG", name, "", "x").expect("JOB_CREATED");
    peer.packet("CAN_DO", name);
  }
  await peer.packet("ECHO_REQ", "").expect("ECHO_RES");
  return peer;
}

describe("a monitor", () => {
  interopTest(
    [],
    "that reads as check_gearman finds every function, and the version",
    async (server) => {
      using _worker = await withJobs(server);
      using peer = await server.peer();
      // Both questions in one write; the answers are read up to the line that is a dot, and one more.
      peer.send("status\nversion\n");
      const found = new Map<string, number[]>();
      for (const line of await peer.textReply()) {
        const [name, ...numbers] = line.split("\t");
        found.set(name, numbers.map(Number));
      }
      const version = await peer.nextLine();
      assert(version.startsWith("O"));
      assertMatch(version.slice(3), /^\d+\.\d+\.\d+/);
      for (const name of FUNCTIONS) assertEquals(found.get(name), [1, 0, 1], name);
    },
  );

  interopTest([], "that reads as Netdata finds every function in both listings", async (server) => {
    using _worker = await withJobs(server);
    using peer = await server.peer();
    const listings: [string, number[]][] = [["status", [1, 0, 1]], ["prioritystatus", [
      0,
      1,
      0,
      1,
    ]]];
    for (const [command, numbers] of listings) {
      const found = new Map((await peer.send(`${command}\n`).textReply()).map((line) => {
        const fields = line.trim().split(/\s+/);
        const first = fields.length - numbers.length;
        return [fields.slice(0, first).join("_"), fields.slice(first).map(Number)];
      }));
      for (const name of FUNCTIONS) {
        assertEquals(found.get(name.replace(" ", "_")), numbers, name);
      }
    }
  });
});
