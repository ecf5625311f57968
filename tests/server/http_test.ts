import * as fs from "node:fs";
import { describe, test } from "node:test";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
import { Client, ListenError, Server, type ServerOptions, Worker } from "../../mod.ts";
import { Router } from "../../router/mod.ts";
import { makeApp } from "../../http/app.ts";
import { HttpService } from "../../server/http.ts";
import { systemClock } from "../../transport/event_loop.ts";
import { RawHttp } from "../support/raw_http.ts";
import { NO_MODES, socketFolder } from "../support/unix_sockets.ts";
import { unless } from "../support/unless.ts";

const { newPath } = socketFolder();
const TOKEN = "a-secret-of-this-test";
const GB10 = 10_000_000_000;

/** A server with HTTP on a free port, and that port. */
async function httpServer(options: ServerOptions = {}): Promise<{ server: Server; port: number }> {
  const server = new Server({ http: [{ port: 0 }], ...options });
  const [listener] = await server.http;
  return { server, port: listener.addr.port };
}

async function ask(port: number, path: string, init?: RequestInit): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return [response.status, await response.text()];
}

describe("a server with HTTP", () => {
  test("serves it on this machine only, unless it is told otherwise", async () => {
    const { server, port } = await httpServer();
    await using _server = server;
    assertEquals((await server.http).map(({ addr }) => addr.hostname), ["127.0.0.1"]);
    assertEquals(await ask(port, "/readyz"), [200, "ready\n"]);
  });

  test(
    ...unless(NO_MODES, "serves it on a unix socket with the mode that it is told"),
    async () => {
      const path = newPath();
      const server = new Server({ http: [{ path, mode: 0o600 }] });
      await server.http;
      assertEquals((fs.lstatSync(path).mode & 0o777).toString(8), "600");
      using client = await RawHttp.connect({ path });
      assertStringIncludes(await client.get("/healthz").until(/ok\n/), " 200 ");
      await server.stop();
      assert(!fs.existsSync(path));
    },
  );

  test("asks itself before it listens, as the first request stops all else for long", async () => {
    const router = new Router(systemClock, { history: true });
    let asked = 0;
    const facts = {
      get version() {
        asked++;
        return "1.2.3";
      },
      ...{ commit: "", startedAt: 0, unsentBytes: 0, warnings: [], store: null, cluster: null },
    };
    const log = { write: (_: unknown, message: string) => fail(message) };
    const parts = { router, clock: systemClock, report: fail, server: facts };
    const service = new HttpService({ http: [{ port: 0 }] }, {
      log,
      report: fail,
      load: (options) => Promise.resolve(makeApp({ ...parts, options })),
    });
    service.begin();
    await service.listeners;
    assert(asked > 0);
    await service.close();
    router.close();
  });

  test("does not serve it to other machines without a token", async () => {
    for (const hostname of ["*", "0.0.0.0", "::", "192.0.2.1", "name.example"]) {
      const error = assertThrows(() => new Server({ http: [{ port: 0, hostname }] }), RangeError);
      assertStringIncludes(error.message, "token");
    }
    await using server = new Server({ http: [] });
    await assertRejects(() => server.serveHttp({ port: 0, hostname: "*" }), RangeError);
    const open = new Server({ http: [{ port: 0, hostname: "*" }], httpTokens: [{ token: TOKEN }] });
    await using _open = open;
    const [{ addr }] = await open.http;
    assertEquals((await ask(addr.port, "/nothing"))[0], 401);
    await assertRejects(() => open.setHttpTokens([]), RangeError);
    const headers = { authorization: `Bearer ${TOKEN}` };
    assertEquals((await ask(addr.port, "/nothing", { headers }))[0], 404);
    await open.setHttpTokens([{ token: "another-secret-of-it" }]);
    assertEquals((await ask(addr.port, "/nothing", { headers }))[0], 401);
  });

  test("tells whoever waits for it why it cannot listen, else the log", async () => {
    const { server, port } = await httpServer();
    await using _server = server;
    await using other = new Server({ http: [{ port }] });
    const error = await assertRejects(() => other.http, ListenError);
    assertEquals(error.code, "EADDRINUSE");
    const logged = Promise.withResolvers<string>();
    const write = (level: string, message: string) => logged.resolve(`${level} ${message}`);
    await using _third = new Server({
      http: [{ port }],
      log: { level: "ERROR", enabled: () => true, write },
    });
    assertEquals(await logged.promise, `ERROR ${error.message}`);
  });

  test("serves it at more places later", async () => {
    await using server = new Server({ http: [] });
    const { addr } = await server.serveHttp({ port: 0 });
    assertEquals(await ask(addr.port, "/healthz"), [200, "ok\n"]);
    await using plain = new Server();
    await assertRejects(() => plain.serveHttp({ port: 0 }), Error, "without the option http");
    assertEquals(await plain.http, []);
  });

  test("says that it is not ready until a graceful stop is over, and is gone then", async () => {
    const { server, port } = await httpServer();
    const ended = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    await using _worker = new Worker({
      servers: [server],
      functions: {
        async wait() {
          started.resolve();
          await ended.promise;
        },
      },
    });
    await using client = new Client({ servers: [server] });
    const result = client.submit("wait", "");
    await started.promise;
    const stopped = server.stop({ graceful: true });
    const [status, text] = await ask(port, "/readyz");
    assertEquals(status, 503);
    assertStringIncludes(text, "The server is stopping");
    assertEquals(await ask(port, "/healthz"), [200, "ok\n"]);
    ended.resolve();
    await result;
    await stopped;
    await assertRejects(() => fetch(`http://127.0.0.1:${port}/healthz`));
  });
});

describe("hostile users of HTTP", () => {
  test("do nothing to jobs, by slow headers, endless bodies, wrong hosts, tokens and methods", async () => {
    const { server, port } = await httpServer({ httpTokens: [{ token: TOKEN }] });
    await using _server = server;
    await using _worker = new Worker({
      servers: [server],
      functions: { echo: (job) => job.text() },
    });
    await using client = new Client({ servers: [server] });
    const hostile = await Promise.all(Array.from({ length: 20 }, () => RawHttp.connect({ port })));
    for (const [index, peer] of hostile.entries()) {
      const text = [
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        `POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${GB10}\r\n\r\nxx`,
        "GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong\r\n\r\n",
        "POST /reverse HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n" +
        "Content-Length: 1\r\n\r\nx",
      ][index % 5];
      peer.send(text);
    }
    for (let job = 0; job < 50; job++) {
      assertEquals(await client.submit("echo", `${job}`).text(), `${job}`);
    }
    const answers = [" 403 ", " 421 ", " 401 ", " 403 "];
    for (const [index, peer] of hostile.entries()) {
      if (index % 5 > 0) assertStringIncludes(await peer.until(/\}\n/), answers[index % 5 - 1]);
      peer[Symbol.dispose]();
    }
    assertEquals(await ask(port, "/healthz"), [200, "ok\n"]);
    assertEquals(server.jobsOutstanding(), 0);
  });
});
