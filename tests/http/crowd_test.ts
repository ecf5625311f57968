import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MOST_STREAMS } from "../../http/lasting.ts";
import { Client, Worker } from "../../mod.ts";
import { HTTP_CONNECTIONS } from "../../transport/http/limits.ts";
import { RawHttp } from "../support/raw_http.ts";
import { startServer } from "../support/server.ts";

const CROWD = 1000;
/** Far more than a job takes, and less than anybody waits for one, in milliseconds. */
const LONGEST_JOB = 5000;

/** A server with HTTP, and a client and a worker whose jobs go on all the time. */
class Busy implements AsyncDisposable {
  readonly #test = startServer({ http: [{ hostname: "127.0.0.1", port: 0 }] });
  readonly #worker: Worker;
  readonly #client: Client;
  #isOver = false;
  #jobs = 0;
  #slowest = 0;
  readonly #going: Promise<void>;

  constructor() {
    const servers = [`127.0.0.1:${this.#test.port}`];
    this.#worker = new Worker({ servers, functions: { echo: (job) => job.text() } });
    this.#client = new Client({ servers });
    this.#going = this.#work();
  }

  async #work(): Promise<void> {
    while (!this.#isOver) {
      const began = performance.now();
      assertEquals(await this.#client.submit("echo", `${this.#jobs}`).text(), `${this.#jobs}`);
      this.#slowest = Math.max(this.#slowest, performance.now() - began);
      this.#jobs++;
    }
  }

  async connect(): Promise<RawHttp> {
    const [{ addr: { port } }] = await this.#test.server.http;
    return await RawHttp.connect({ port });
  }

  /** Asks on a connection of its own. */
  async ask(path: string): Promise<string> {
    using other = await this.connect();
    return await other.get(path, { Connection: "close" }).untilClosed();
  }

  /** None of the jobs got lost, and none was late. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#going;
    assert(this.#jobs > 0);
    assert(this.#slowest < LONGEST_JOB, `${this.#slowest} ms`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#going.catch(() => {});
    await Promise.all([this.#client.close(), this.#worker.stop()]);
    await this.#test.stop();
  }
}

describe("a thousand at once", () => {
  test("streams of events: so many are served, the others told why not, all else goes on", async () => {
    await using busy = new Busy();
    using stack = new DisposableStack();
    const answers: string[] = [];
    for (let count = 0; count < CROWD; count++) {
      const client = stack.use(await busy.connect());
      answers.push(await client.get("/api/v1/events").until(/snapshots follow|"detail".*\n/));
    }
    const refused = answers.filter((answer) => answer.startsWith("HTTP/1.1 503 "));
    assertEquals(refused.length, CROWD - MOST_STREAMS);
    for (const answer of refused) {
      assertStringIncludes(answer, "Too many watch already");
      assertStringIncludes(answer.toLowerCase(), "retry-after: 10");
    }
    assertStringIncludes(await busy.ask("/healthz"), "HTTP/1.1 200 ");
    assertStringIncludes(await busy.ask("/metrics"), "\ngearman_up 1\n");
    await busy.end();
  });

  test("connections, most of them silent: others are answered, all else goes on", async () => {
    await using busy = new Busy();
    using stack = new DisposableStack();
    const clients: RawHttp[] = [];
    for (let count = 0; count < CROWD; count++) {
      clients.push(stack.use(await busy.connect()));
      if (count % 100 === 0) assertStringIncludes(await busy.ask("/readyz"), "HTTP/1.1 200 ");
    }
    await Promise.all(
      clients.slice(0, CROWD - HTTP_CONNECTIONS).map((client) => client.untilClosed()),
    );
    assertStringIncludes(await busy.ask("/metrics"), "\ngearman_up 1\n");
    await busy.end();
  });

  test("clients that go in the middle of what they send are no fault of the server", async () => {
    await using busy = new Busy();
    const head = "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n";
    for (const type of ["application/json", "application/x-ndjson"]) {
      for (let count = 0; count < 20; count++) {
        using client = await busy.connect();
        client.send(
          `${head}Content-Type: ${type}\r\nContent-Length: 100\r\n\r\n{"function":"f"}\n{`,
        );
      }
    }
    const text = await busy.ask("/api/v1/server");
    assertStringIncludes(text, '"warnings":[]');
    await busy.end();
  });
});
