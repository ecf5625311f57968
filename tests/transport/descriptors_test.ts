import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { transport } from "../../transport/choose.ts";
import type { ListenAddress } from "../../transport/transport.ts";
import { echoReply, echoRequest, TestClient, within } from "./handlers.ts";

const SERVER = fileURLToPath(new URL("few_descriptors_server.ts", import.meta.url));
/** Enough for a runtime to start, and for some dozen connections. */
const DESCRIPTORS = 100;

/** A server in a process that may open few files. */
class FewDescriptors implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #exited: Promise<number | null>;
  #retry: (() => void)[] = [];

  constructor() {
    const run = transport.name === "deno"
      ? ["run", "--no-config", "--allow-all", SERVER]
      : [SERVER];
    this.#process = spawn(
      "/bin/sh",
      ["-c", `ulimit -n ${DESCRIPTORS}; exec "$@"`, "sh", process.execPath, ...run],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    let text = "";
    this.#process.stdout!.on("data", (bytes: Uint8Array) => {
      text += new TextDecoder().decode(bytes);
      const lines = text.split("\n");
      text = lines.pop()!;
      this.lines.push(...lines);
      const retry = this.#retry;
      this.#retry = [];
      for (const look of retry) look();
    });
    this.#exited = new Promise((resolve) => this.#process.once("exit", resolve));
  }

  /** Resolves with a line that begins so. */
  line(start: string): Promise<string> {
    return within(
      `a line "${start}"`,
      new Promise((resolve) => {
        const look = () => {
          const found = this.lines.find((line) => line.startsWith(start));
          if (found !== undefined) resolve(found);
          else this.#retry.push(look);
        };
        look();
      }),
    );
  }

  async addr(): Promise<ListenAddress> {
    const port = Number((await this.line("port ")).slice("port ".length));
    return { transport: "tcp", hostname: "127.0.0.1", port };
  }

  /** Ends it; its exit code. */
  stop(): Promise<number | null> {
    this.#process.stdin!.end();
    return within("its end", this.#exited);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#exited;
  }
}

async function assertServed(client: TestClient): Promise<void> {
  await client.send(echoRequest("hello"));
  await client.untilLength(echoReply("hello").length);
}

describe("without a free descriptor", () => {
  test(
    "the server goes on, and serves newcomers when some are free again",
    { timeout: 60_000 },
    async () => {
      await using server = new FewDescriptors();
      const addr = await server.addr();
      using first = await TestClient.connect(addr);
      const clients = await Promise.all(
        Array.from({ length: 2 * DESCRIPTORS }, () => TestClient.connect(addr)),
      );
      await assertServed(first);
      assert((await server.line("report ")).startsWith("report acceptFailed: "));
      // Deno leaves the others waiting. Bun would try to accept them for ever, with all of a processor.
      if (transport.name === "bun") {
        const rest = clients.slice(DESCRIPTORS);
        await Promise.all(rest.map((client) => client.untilEnd()));
        assert(clients.some(({ text }) => text.includes("TOO_MANY_CONNECTIONS")));
      }
      for (const client of clients) client.socket.destroy();
      using last = await TestClient.connect(addr);
      await assertServed(last);
      await assertServed(first);
      assertEquals(await server.stop(), 0);
    },
  );
});
