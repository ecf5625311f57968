import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { PacketType, type PacketView } from "../../protocol/mod.ts";
import { startWorkerProcess, type WorkerProcess } from "../../transport/child_worker.ts";
import { perlGearman, testWith } from "../support/programs.ts";
import { digestOf, settings, TestHandler, within } from "./handlers.ts";

/** A program that was started, and its test handler. */
interface Started extends Disposable {
  readonly worker: WorkerProcess;
  readonly handler: TestHandler;
}

/** Starts a program; it is killed when the test is over. */
function started(
  program: string,
  args: string[],
  prepare: (handler: TestHandler) => void = () => {},
): Started {
  let handler: TestHandler;
  // What comes back is not read while too much waits: a program that echoes would wait for ever.
  const given = settings({ pauseReadingAt: 100_000_000 });
  const worker = startWorkerProcess(program, args, given, (link) => {
    handler = new TestHandler(link);
    prepare(handler);
    return handler;
  });
  return { worker, handler: handler!, [Symbol.dispose]: () => worker.kill("SIGKILL") };
}

/** Collects what comes in. */
function collected(handler: TestHandler): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const receive = handler.receive.bind(handler);
  handler.receive = (bytes, start, end, stable) => {
    parts.push(bytes.slice(start, end));
    receive(bytes, start, end, stable);
  };
  return parts;
}

function textOf(parts: Uint8Array[]): string {
  return parts.map((part) => new TextDecoder().decode(part)).join("");
}

describe("a worker program on a socket", () => {
  test("reads and writes its connection as standard input and output", async () => {
    using program = started("cat", []);
    const { worker, handler } = program;
    const parts = collected(handler);
    assert(worker.pid > 0);
    assertEquals(handler.link.peer, { hostname: "[gearman_child]", port: 0 });
    handler.send("hello\n");
    await handler.until("the line", () => handler.lines.length > 0);
    assertEquals(textOf(parts), "hello\n");
    handler.link.end();
    assertEquals(await within("its end", worker.exited), { code: 0, signal: null });
    await handler.gone();
    assertEquals(handler.closings.length, 1);
  });

  test("gets 20 MB and sends them back", { timeout: 60_000 }, async () => {
    using program = started("cat", []);
    const { worker, handler } = program;
    const parts = collected(handler);
    handler.sendBytes(20_000_000);
    const length = () => parts.reduce((sum, part) => sum + part.length, 0);
    await handler.until("all bytes", () => length() === 20_000_000);
    const thousand = Uint8Array.from({ length: 1000 }, (_, index) => index * 7);
    assertEquals(digestOf(...parts), digestOf(...Array(20_000).fill(thousand)));
    worker.kill();
    await worker.exited;
    await handler.gone();
  });

  test("standard input is one socket for both directions, as Perl's worker needs it", async () => {
    using program = started("sh", ["-c", "echo through stdin >&0"]);
    const { worker, handler } = program;
    const parts = collected(handler);
    await within("its end", worker.exited);
    await handler.until("the end", () => handler.peerHasEnded || handler.closings.length > 0);
    assertEquals(textOf(parts), "through stdin\n");
  });

  test("is told so in its environment, which is that of the server otherwise", async () => {
    const script = 'echo "$GEARMAN_WORKER_USE_STDIO $PATH"';
    using program = started("sh", ["-c", script]);
    const { worker, handler } = program;
    await handler.until("the line", () => handler.lines.length > 0);
    assertEquals(handler.lines, [`1 ${process.env.PATH}`]);
    await worker.exited;
  });

  test("arguments arrive as they are", async () => {
    using program = started("printf", ["%s\n", "a b", '"$HOME"', "*"]);
    const { worker, handler } = program;
    await handler.until("the lines", () => handler.lines.length === 3);
    assertEquals(handler.lines, ["a b", '"$HOME"', "*"]);
    await worker.exited;
  });

  test("its end is reported with its code and closes the link once", async () => {
    using program = started("sh", ["-c", "exit 3"]);
    const { worker, handler } = program;
    assertEquals(await within("its end", worker.exited), { code: 3, signal: null });
    await handler.gone();
    assertEquals(handler.closings.length, 1);
  });

  test("kill() reaches the program itself", async () => {
    using program = started("sleep", ["1000"]);
    const { worker, handler } = program;
    worker.kill("SIGKILL");
    assertEquals(await within("its end", worker.exited), { code: null, signal: "SIGKILL" });
    await handler.gone();
    worker.kill();
  });

  test("destroy() at the server is the end of input for the program", async () => {
    using program = started("cat", []);
    const { worker, handler } = program;
    handler.link.destroy();
    assertEquals((await within("its end", worker.exited)).signal, null);
    assertEquals(handler.closings.length, 1);
  });

  for (const program of ["geartrain-no-such-program", "/no/such/program", process.cwd()]) {
    test(`${program === process.cwd() ? "a folder" : program} is an error at once`, () => {
      const error = assertThrows(() => started(program, []), Error, "no such program");
      assertEquals((error as Error & { code?: string }).code, "ENOENT");
    });
  }

  const perl = perlGearman();
  testWith([perl], "Perl's Gearman::Worker started so does a job", async () => {
    const script = `
      use Gearman::Worker;
      my $worker = Gearman::Worker->new;
      $worker->register_function(reverse => sub { scalar reverse $_[0]->arg });
      $worker->work while 1;
    `;
    const assigned = "H:test:1\0reverse\0desserts";
    let result = "";
    let grabs = 0;
    using program = started(perl.program, ["-e", script], (handler) => {
      const send = (type: number, body = "") => {
        handler.out.packet(type, body.length);
        handler.send(body);
      };
      handler.onPacket = (view: PacketView) => {
        if (view.type === PacketType.PRE_SLEEP) send(PacketType.NOOP);
        if (view.type === PacketType.WORK_COMPLETE) {
          result = new TextDecoder().decode(view.bytes.subarray(view.start, view.end));
        }
        if (view.type !== PacketType.GRAB_JOB && view.type !== PacketType.GRAB_JOB_UNIQ) return;
        // It finds nothing first, and sleeps until it is woken.
        if (++grabs === 1) send(PacketType.NO_JOB);
        else if (view.type === PacketType.GRAB_JOB) send(PacketType.JOB_ASSIGN, assigned);
        else send(PacketType.JOB_ASSIGN_UNIQ, assigned.replace("reverse\0", "reverse\0u\0"));
      };
    });
    const { worker, handler } = program;
    await handler.until("the result", () => result !== "");
    assertEquals(result, "H:test:1\0stressed");
    assert(handler.packets.includes(PacketType.CAN_DO));
    assert(handler.packets.includes(PacketType.PRE_SLEEP));
    worker.kill();
    await within("its end", worker.exited);
    await handler.gone();
  });
});
