import * as fs from "node:fs";
import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { HttpLimits } from "../../../transport/http/limits.ts";
import { type HttpHandler, listenHttp } from "../../../transport/http/listen.ts";
import { ListenError } from "../../../transport/socket_errors.ts";
import type { Listener, ListenOptions } from "../../../transport/transport.ts";
import { type HttpPlace, RawHttp } from "../../support/raw_http.ts";
import { NO_MODES, socketFolder } from "../../support/unix_sockets.ts";
import { unless } from "../../support/unless.ts";

const { newPath } = socketFolder();
const GB10 = 10_000_000_000;

class TestHttp implements AsyncDisposable {
  readonly listener: Listener;
  readonly reports: string[];

  constructor(listener: Listener, reports: string[]) {
    this.listener = listener;
    this.reports = reports;
  }

  static async open(
    handler: HttpHandler,
    limits: Partial<HttpLimits> = {},
    options: ListenOptions = { hostname: "127.0.0.1", port: 0 },
  ): Promise<TestHttp> {
    const reports: string[] = [];
    const report = (message: string) => void reports.push(message);
    const listener = listenHttp(options, { handler, limits, report });
    await listener.ready;
    return new TestHttp(listener, reports);
  }

  get place(): HttpPlace {
    const { path, port } = this.listener.addr;
    return path === undefined ? { port } : { path };
  }

  connect(): Promise<RawHttp> {
    return RawHttp.connect(this.place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.close();
  }
}

/** Resolves when something that another side does has happened. */
function told<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>();
}

describe("a listener for HTTP", () => {
  test("hands requests with their headers and bodies on, and sends what is answered", async () => {
    await using http = await TestHttp.open(async (request, { remote }) => {
      const { pathname, search } = new URL(request.url);
      const text = [request.method, pathname, search, request.headers.get("x-a"), remote];
      return new Response(`${text.join(" ")}: ${await request.text()}`, {
        status: 201,
        headers: [["x-b", "2"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]],
      });
    });
    const { port } = http.listener.addr;
    const response = await fetch(`http://127.0.0.1:${port}/a%FF/b?c=d`, {
      method: "POST",
      headers: { "x-a": "1" },
      body: "workload",
    });
    assertEquals(response.status, 201);
    assertEquals(response.headers.get("x-b"), "2");
    assertEquals(response.headers.getSetCookie(), ["a=1", "b=2"]);
    assertEquals(await response.text(), "POST /a%FF/b ?c=d 1 127.0.0.1: workload");
  });

  test("takes the target as a path of its own, whatever host it names", async () => {
    await using http = await TestHttp.open(({ url }) => new Response(`<${url}>`));
    using client = await http.connect();
    client.get("//evil.example/x");
    assertStringIncludes(await client.until(/>/), "<http://localhost//evil.example/x>");
    client.get("http://evil.example/x");
    assertStringIncludes(await client.until(/ 400 /), " 400 ");
  });

  test(
    ...unless(NO_MODES, "listens on a unix socket with the mode that it is to have"),
    async () => {
      const path = newPath();
      await using http = await TestHttp.open(
        (_, { remote }) => new Response(`from ${remote}`),
        {},
        { path, mode: 0o600 },
      );
      assertEquals(http.listener.addr, { transport: "unix", hostname: "", port: 0, path });
      assertEquals((fs.lstatSync(path).mode & 0o777).toString(8), "600");
      using client = await http.connect();
      assertStringIncludes(await client.get("/").until(/from/), "from unix");
      await http.listener.close();
      assert(!fs.existsSync(path));
    },
  );

  test("says why it cannot listen", async () => {
    await using http = await TestHttp.open(() => new Response());
    const { hostname, port } = http.listener.addr;
    const error = await assertRejects(
      () => TestHttp.open(() => new Response(), {}, { hostname, port }),
      ListenError,
    );
    assertEquals(error.code, "EADDRINUSE");
    await assertRejects(
      () => TestHttp.open(() => new Response(), {}, { path: "/nonexistent/folder/http.sock" }),
      ListenError,
    );
  });

  test("streams a response as it comes, and tells when the client is gone", async () => {
    const cancelled = told();
    const aborted = told();
    let next: (text: string) => void = () => {};
    await using http = await TestHttp.open(({ signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          next = (text) => controller.enqueue(new TextEncoder().encode(text));
        },
        cancel: () => cancelled.resolve(),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    const client = await http.connect();
    await client.get("/").until(/\r\n\r\n/);
    next("data: one\n\n");
    await client.until(/data: one/);
    next("data: two\n\n");
    await client.until(/data: two/);
    client[Symbol.dispose]();
    await Promise.all([cancelled.promise, aborted.promise]);
  });

  test("does not abort a request whose response was sent to its end", async () => {
    const signals: AbortSignal[] = [];
    await using http = await TestHttp.open(({ signal }) => {
      signals.push(signal);
      return new Response("done");
    });
    using client = await http.connect();
    await client.get("/").until(/done[^]*0\r\n\r\n/);
    await client.get("/").until(/done[^]*0\r\n\r\n[^]*done[^]*0\r\n\r\n/);
    assertEquals(signals.map(({ aborted }) => aborted), [false, false]);
  });

  test("answers 500 to what the handler throws, and reports it", async () => {
    await using http = await TestHttp.open(() => {
      throw new Error("a defect");
    });
    using client = await http.connect();
    await client.get("/").until(/^HTTP\/1.1 500 /);
    assertEquals(http.reports, ["a defect"]);
  });

  test("cuts a response that fails half-way, so that nobody takes it for whole", async () => {
    await using http = await TestHttp.open(() =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new TextEncoder().encode("half"));
            controller.error(new Error("a defect"));
          },
        }),
      )
    );
    using client = await http.connect();
    const text = await client.get("/").untilClosed();
    assert(!text.endsWith("0\r\n\r\n"), text);
  });
});

describe("hostile clients of a listener for HTTP", () => {
  test("may not send headers for ever", async () => {
    await using http = await TestHttp.open(() => new Response("ok"), { headerSeconds: 0.4 });
    using slow = await http.connect();
    using silent = await http.connect();
    slow.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-");
    using other = await http.connect();
    await other.get("/").until(/ok/);
    assert(!/ 200 /.test(await slow.untilClosed()));
    assert(!/ 200 /.test(await silent.untilClosed()));
  });

  test("may not send headers beyond the limit", async () => {
    await using http = await TestHttp.open(() => new Response("ok"));
    using client = await http.connect();
    client.get("/", { "X-Long": "x".repeat(17_000) });
    assert(!/ 200 /.test(await client.untilClosed()));
    using other = await http.connect();
    await other.get("/", { "X-Long": "x".repeat(8_000) }).until(/ok/);
  });

  test("may announce 10 GB, but an answer ends that", async () => {
    await using http = await TestHttp.open(() => new Response("too much", { status: 413 }));
    using client = await http.connect();
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${GB10}\r\n\r\n${"x".repeat(9000)}`);
    assertStringIncludes(await client.untilClosed(), "too much");
  });

  test("may trickle 10 GB no longer than a request may take", async () => {
    const failed = told<unknown>();
    await using http = await TestHttp.open(async (request) => {
      await request.text().catch(failed.resolve);
      return new Response("never");
    }, { requestSeconds: 0.4, headerSeconds: 0.4 });
    using client = await http.connect();
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${GB10}\r\n\r\nxxx`);
    assert(!/never/.test(await client.untilClosed()));
    assert(await failed.promise instanceof Error);
  });

  test("lose nothing of a large body that is read late", async () => {
    const read = told();
    await using http = await TestHttp.open(async ({ body }) => {
      await read.promise;
      let length = 0;
      for await (const chunk of body!) length += chunk.length;
      return new Response(`${length} bytes`);
    });
    using client = await http.connect();
    const length = 8_000_000;
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
    client.send("x".repeat(length));
    using other = await http.connect();
    await other.send("GET * HTTP/1.1\r\nHost: x\r\n\r\n").until(/ 400 /);
    read.resolve();
    assertStringIncludes(await client.until(/bytes/), `${length} bytes`);
  });

  test("may be answered for longer than a request may take to arrive", async () => {
    let next: (text: string) => void = () => {};
    await using http = await TestHttp.open(() =>
      new Response(
        new ReadableStream<Uint8Array>({
          start(controller) {
            next = (text) => controller.enqueue(new TextEncoder().encode(text));
          },
        }),
      ), { requestSeconds: 0.1, headerSeconds: 0.1, idleSeconds: 0.1 });
    using client = await http.connect();
    await client.get("/").until(/\r\n\r\n/);
    using silent = await http.connect();
    await silent.untilClosed();
    using idle = await http.connect();
    await idle.send("GET * HTTP/1.1\r\nHost: x\r\n\r\n").untilClosed();
    next("still there");
    await client.until(/still there/);
  });

  test("may not leave a response unread for ever", async () => {
    const cancelled = told();
    await using http = await TestHttp.open(() =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
          cancel: () => cancelled.resolve(),
        }),
      ), { readSeconds: 0.3 });
    using client = await http.connect();
    client.get("/").pause();
    await cancelled.promise;
  });

  test("may not have more connections than there are for all", async () => {
    await using http = await TestHttp.open(
      () => new Response(new ReadableStream()),
      { connections: 2 },
    );
    using one = await http.connect();
    using two = await http.connect();
    await one.get("/").until(/ 200 /);
    await two.get("/").until(/ 200 /);
    using three = await http.connect();
    const refusal = await three.get("/").untilClosed();
    assertStringIncludes(refusal, " 503 ");
    assertStringIncludes(refusal, "All connections that this listener may have are in use");
    one[Symbol.dispose]();
    for (;;) {
      using again = await http.connect();
      const answer = await again.get("/").until(/HTTP\/1.1 \d+ /);
      if (/ 200 /.test(answer)) break;
    }
  });

  test("give way to others when they are idle, the one that was idle longest first", async () => {
    await using http = await TestHttp.open(() => new Response("ok"), { connections: 2 });
    using silent = await http.connect();
    using one = await http.connect();
    await one.get("/").until(/ok/);
    using two = await http.connect();
    await two.get("/").until(/ok/);
    assertEquals(await silent.untilClosed(), "");
    await one.get("/").until(/ok[^]*ok/);
    using three = await http.connect();
    await three.get("/").until(/ok/);
    await two.untilClosed();
    await one.get("/").until(/ok[^]*ok[^]*ok/);
  });

  test("may be 1,000 that are idle, and others are answered", async () => {
    await using http = await TestHttp.open(() => new Response("ok"));
    using stack = new DisposableStack();
    using first = await http.connect();
    for (let count = 0; count < 1000; count++) stack.use(await http.connect());
    await first.untilClosed();
    using other = await http.connect();
    await other.get("/").until(/ok/);
  });

  test("may send requests at once, which are answered one after the other", async () => {
    let [atOnce, most] = [0, 0];
    await using http = await TestHttp.open(async ({ url, body }) => {
      most = Math.max(most, ++atOnce);
      for await (const _ of body ?? []);
      atOnce--;
      return new Response(`<${new URL(url).pathname}>`);
    });
    using client = await http.connect();
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    const request = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc`;
    client.send(paths.map(request).join(""));
    const answers = await client.until(/<\/19>/);
    assertEquals([...answers.matchAll(/<(.*?)>/g)].map(([, path]) => path), paths);
    assertEquals(most, 1);
  });

  test("may not send thousands of requests at once", async () => {
    let count = 0;
    await using http = await TestHttp.open(() => {
      count++;
      return new Response(new ReadableStream());
    });
    using client = await http.connect();
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(5000));
    await client.untilClosed();
    assert(count <= 1, `${count}`);
  });

  test("do not keep a listener from closing", async () => {
    const http = await TestHttp.open(({ url }) =>
      new Response(url.endsWith("/endless") ? new ReadableStream() : "ok")
    );
    using endless = await http.connect();
    using idle = await http.connect();
    using silent = await http.connect();
    using slow = await http.connect();
    slow.send("GET / HTTP/1.1\r\nX-");
    await idle.get("/").until(/ok/);
    await endless.get("/endless").until(/ 200 /);
    await http.listener.close();
    const all = [endless, idle, silent, slow].map((client) => client.untilClosed());
    const timer = Promise.withResolvers<"open">();
    const id = setTimeout(() => timer.resolve("open"), 3000);
    assertEquals(
      await Promise.race([Promise.all(all).then(() => "closed"), timer.promise]),
      "closed",
    );
    clearTimeout(id);
  });
});
