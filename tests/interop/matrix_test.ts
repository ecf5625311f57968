/** Every stock client with every stock worker: the same job, each in a process of its own. */
import { describe } from "node:test";
import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  perlGearman,
  phpGearman,
  program,
  type Requirement,
  run,
  RunningProgram,
} from "../support/programs.ts";
import { interopTest, scriptPath, untilCanDo } from "./job_server.ts";

/** One implementation of Gearman. */
interface Implementation {
  readonly name: string;
  readonly needs: Requirement;
  /** Arguments of a client that does one job and prints its result. */
  client(port: number, func: string): string[];
  /** Arguments of its workers: one turns ASCII letters into capitals, one fails. */
  workers(port: number): string[][];
}

const perl = perlGearman();
const php = phpGearman();
const tool = program("gearman", "gearman-tools");

const toolArgs = (port: number, ...args: string[]) => ["-h", "127.0.0.1", "-p", `${port}`, ...args];

const IMPLEMENTATIONS: readonly Implementation[] = [
  {
    name: "the gearman tool",
    needs: tool,
    client: (port, func) => toolArgs(port, "-f", func),
    workers: (port) => [
      toolArgs(port, "-w", "-f", "upper", "--", "tr", "a-z", "A-Z"),
      toolArgs(port, "-w", "-f", "fail", "--", "false"),
    ],
  },
  {
    name: "Perl",
    needs: perl,
    client: (port, func) => [scriptPath("matrix/client.pl"), `${port}`, func],
    workers: (port) => [[scriptPath("matrix/worker.pl"), `${port}`]],
  },
  {
    name: "PHP",
    needs: php,
    client: (port, func) => [scriptPath("matrix/client.php"), `${port}`, func],
    workers: (port) => [[scriptPath("matrix/worker.php"), `${port}`]],
  },
];

/** Every byte there is, many times. */
const PAYLOAD = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);

const CAPITALS = Array.from(PAYLOAD, (byte) => byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte);

describe("every client with every worker:", () => {
  for (const client of IMPLEMENTATIONS) {
    for (const worker of IMPLEMENTATIONS) {
      const needed = [client.needs, worker.needs];
      interopTest(needed, `${client.name} with ${worker.name}`, async ({ port }) => {
        await using stack = new AsyncDisposableStack();
        for (const args of worker.workers(port)) {
          stack.use(new RunningProgram(worker.needs.program, args, null));
        }
        await untilCanDo(port, "upper");
        await untilCanDo(port, "fail");

        const done = await run(client.needs.program, client.client(port, "upper"), PAYLOAD);
        assertEquals([done.code, done.stderr], [0, ""]);
        assertEquals(Array.from(done.stdout, (each) => each.charCodeAt(0)), CAPITALS);

        const failed = await run(client.needs.program, client.client(port, "fail"), "x");
        assertStringIncludes(failed.stderr, "Job failed");
        assertEquals(failed.code === 0, false);
      });
    }
  }
});
