import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Histogram, Payloads } from "../../cli/bench/load.ts";
import { testWithEachServer } from "../client/any_server.ts";
import { ForeignServer, onRequests, responseBytes } from "../client/foreign_server.ts";
import { freePort } from "../support/gearmand.ts";
import { Program, runProgram } from "../support/program.ts";
import { startServer, untilListed } from "../support/server.ts";

/** Runs it with JSON; the exit status, and what was measured. */
async function measured(port: number, ...args: string[]) {
  const words = ["bench", "-h", `127.0.0.1:${port}`, "--json", ...args];
  const { status, stdout, stderr } = await runProgram(words);
  assert(stdout !== "", stderr.join("\n"));
  return { status, result: JSON.parse(stdout), stderr };
}

async function refused(args: readonly string[], reason: string): Promise<void> {
  const { status, stdout, stderr } = await runProgram(["bench", ...args]);
  assertEquals([status, stdout, stderr.length], [1, "", 1], stderr.join("\n"));
  assertStringIncludes(stderr[0], reason);
}

describe("geartrain bench", () => {
  testWithEachServer("has all jobs done, and leaves nothing behind", async (port) => {
    for (const kind of [[], ["-b"]]) {
      const options = ["--jobs", "1500", "--clients", "2", "--workers", "3", "--size", "1K"];
      const { status, result, stderr } = await measured(port, ...kind, ...options);
      assertEquals([status, stderr], [0, []]);
      const { done, failed, lost, wrong, background } = result;
      assertEquals([done, failed, lost, wrong], [1500, 0, 0, 0]);
      assertEquals(background, kind.length > 0);
      const { p50, p90, p99, max } = result.latencyMilliseconds;
      assert(0 < p50 && p50 <= p90 && p90 <= p99 && p99 <= max);
      assert(Math.abs(result.jobsPerSecond * result.seconds - 1500) < 15);
      assertEquals(await untilListed(port, "status", 0), []);
    }
  });

  testWithEachServer("goes on for as long as it is told, and prints text", async (port) => {
    const words = ["bench", "-h", `127.0.0.1:${port}`, "--duration", "0.2", "-f", "f"];
    const { status, stdout } = await runProgram(words);
    assertEquals(status, 0);
    const lines = stdout.split("\n");
    assertEquals(
      lines[0],
      "load        foreground, clients 1, workers 1, in flight 100 each, 100 bytes",
    );
    assertMatch(lines[1], /^jobs {8}\d+ done, 0 failed, 0 lost, 0 wrong$/);
    assertMatch(lines[2], /^throughput {2}\d+ jobs\/s for \d+\.\d\d s$/);
    assertMatch(lines[3], /^latency {5}p50 \d.* ms, p90 .* ms, p99 .* ms, max .* ms$/);
  });

  testWithEachServer("ends early after Ctrl-C, with nothing left behind", async (port) => {
    for (const kind of [[], ["-b"]]) {
      const words = ["bench", "-h", `127.0.0.1:${port}`, "--duration", "600", "-f", "f", ...kind];
      await using program = new Program(words);
      await untilListed(port, "status", /^f\t([2-9]|\d\d+)\t/);
      program.kill("SIGINT");
      const { status, stdout } = await program.end;
      assertEquals(status, 130);
      assertMatch(stdout, /\njobs {8}[1-9]\d* done, 0 failed, 0 lost, 0 wrong/);
      await untilListed(port, "status", /^f\t0\t0\t0$/);
    }
  });

  test("ends at once after Ctrl-C while no worker has done the first job", async () => {
    const submitted = Promise.withResolvers<void>();
    await using server = await ForeignServer.start((socket) => {
      onRequests(socket, (type, body) => {
        if (type === "ECHO_REQ") socket.write(responseBytes("ECHO_RES", body));
        if (type === "GRAB_JOB_UNIQ") socket.write(responseBytes("NO_JOB"));
        if (type !== "SUBMIT_JOB") return;
        socket.write(responseBytes("JOB_CREATED", "H:1"));
        submitted.resolve();
      });
    });
    await using program = new Program(["bench", "-h", server.address, "-f", "f"]);
    await submitted.promise;
    program.kill("SIGINT");
    const { status, stdout } = await program.end;
    assertEquals(status, 130);
    assertStringIncludes(stdout, "0 done, 0 failed, 0 lost, 0 wrong");
  });

  test("ends with 2 when jobs fail or are lost, or results are wrong", async () => {
    let jobs = 0;
    await using server = await ForeignServer.start((socket) => {
      onRequests(socket, (type, body) => {
        if (type === "ECHO_REQ") socket.write(responseBytes("ECHO_RES", body));
        if (type === "GRAB_JOB_UNIQ") socket.write(responseBytes("NO_JOB"));
        if (type !== "SUBMIT_JOB") return;
        const handle = `H:${++jobs}`;
        socket.write(responseBytes("JOB_CREATED", handle));
        const payload = body.slice("f\0\0".length);
        const number = payload.charCodeAt(7);
        if (number === 1) socket.write(responseBytes("WORK_COMPLETE", handle, `${payload}x`));
        else if (number === 2) socket.write(responseBytes("WORK_FAIL", handle));
        // The third is the result of another job, and of the fourth nothing is heard.
        else if (number === 3) {
          const other = payload.slice(0, 7) + "\x05" + payload.slice(8);
          socket.write(responseBytes("WORK_COMPLETE", handle, other));
        } else if (number !== 4) socket.write(responseBytes("WORK_COMPLETE", handle, payload));
      });
    });
    const options = ["-f", "f", "--jobs", "10", "--timeout", "3"];
    const { status, result, stderr } = await measured(server.port, ...options);
    const { done, failed, lost, wrong } = result;
    assertEquals([done, failed, lost, wrong], [6, 1, 1, 2]);
    assertEquals([status, stderr], [2, ["geartrain: The job failed"]]);
  });

  test("notices background jobs that come twice, and that never come", async () => {
    let handles = 0;
    await using server = await ForeignServer.start((socket) => {
      onRequests(socket, (type, body) => {
        if (type === "ECHO_REQ") socket.write(responseBytes("ECHO_RES", body));
        if (type === "GRAB_JOB_UNIQ") {
          const job = waiting.shift();
          if (job === undefined) socket.write(responseBytes("NO_JOB"));
          else socket.write(responseBytes("JOB_ASSIGN_UNIQ", `H:${++handles}`, "f", "", job));
        }
        if (type === "PRE_SLEEP") {
          sleeper = () => socket.write(responseBytes("NOOP"));
          // Jobs may have come before it.
          if (waiting.length > 0) sleeper();
        }
        if (!type.startsWith("SUBMIT_JOB")) return;
        socket.write(responseBytes("JOB_CREATED", `H:${++handles}`));
        const payload = body.slice("f\0\0".length);
        // The first job proves that there is a worker; here it is the server.
        if (type === "SUBMIT_JOB") {
          socket.write(responseBytes("WORK_COMPLETE", `H:${handles}`, payload));
        } else if (payload.charCodeAt(7) === 1) waiting.push(payload, payload);
        else if (payload.charCodeAt(7) !== 2) waiting.push(payload);
        sleeper();
      });
    });
    const waiting: string[] = [];
    let sleeper = () => {};
    const options = ["-b", "-f", "f", "--jobs", "10", "--timeout", "3"];
    const { status, result } = await measured(server.port, ...options);
    const { done, failed, lost, wrong } = result;
    assertEquals([done, failed, lost, wrong], [9, 0, 1, 1]);
    assertEquals(status, 2);
  });

  test("ends with 2 when the server refuses jobs", async () => {
    await using server = startServer({ maxQueue: { f: 5 } });
    const { status, result, stderr } = await measured(server.port, "-b", "-f", "f");
    assertEquals(status, 2);
    assert(result.failed > 0);
    assertEquals(result.done + result.failed, 10_000);
    assertStringIncludes(stderr[0], "QUEUE_ERROR");
  });

  test("ends with 1 when no server answers, or another one does", async () => {
    await refused(["-p", `${await freePort()}`], "nobody listens there");
    await using web = await ForeignServer.start((socket) => {
      socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    await refused(["-h", web.address], "is not a Gearman server");
  });

  test("refuses wrong options in one line", async () => {
    await refused(["--jobs", "1", "--duration", "1"], "--jobs together with --duration");
    await refused(["--size", "7"], "at least 8 bytes");
    await refused(["--clients", "0"], "--clients");
    await refused(["-f", "x".repeat(513)], "512 bytes");
    await refused(["now"], "now");
  });
});

describe("The histogram of geartrain bench", () => {
  test("tells percentiles to 1 %", () => {
    const histogram = new Histogram();
    // From a microsecond to a day, each a thousandth more than the one before.
    const times: number[] = [];
    for (let time = 0.001; time < 86_400_000; time *= 1.001) times.push(time);
    for (const time of times) histogram.add(time);
    for (const percent of [1, 25, 50, 90, 99, 99.9, 100]) {
      const exact = times[Math.ceil(times.length * percent / 100) - 1];
      const told = histogram.percentile(percent);
      assert(Math.abs(told - exact) <= 0.01 * exact + 0.001, `${percent}: ${told} ${exact}`);
    }
    assertEquals(histogram.max, times.at(-1));
  });

  test("says 0 of nothing, and keeps what is out of all bounds", () => {
    const histogram = new Histogram();
    assertEquals([histogram.percentile(50), histogram.max], [0, 0]);
    histogram.add(1e15);
    assert(histogram.percentile(50) > 1e9);
    assertEquals(histogram.max, 1e15);
  });
});

test("A payload of geartrain bench tells its number, and that nothing else of it has changed", () => {
  const payloads = new Payloads(12);
  for (const number of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5]) {
    assertEquals(payloads.numberOf(payloads.payload(number)), number);
  }
  const changed = payloads.payload(1);
  changed[11]++;
  for (const bytes of [changed, payloads.payload(1).subarray(1), new Uint8Array(0)]) {
    assertEquals(payloads.numberOf(bytes), undefined);
  }
});
