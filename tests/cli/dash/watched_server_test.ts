import { describe, test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import { ServerGone, WatchedServer } from "../../../cli/dash/watched_server.ts";
import { UnsupportedError } from "../../../client/admin/errors.ts";
import { ManualClock } from "../../../testing/mod.ts";
import { ScriptedServer } from "../../support/scripted_server.ts";
import { WatchingApp } from "./watching_app.ts";

const TELLS: Readonly<Record<string, string>> = {
  "version": "OK 1.1.20\n",
  "status": ".\n",
  "prioritystatus": ".\n",
  "workers": ".\n",
};

/** A server that hangs up instead of an answer while it is down. */
class Fickle implements AsyncDisposable {
  readonly app: WatchingApp;
  readonly server: ScriptedServer;
  isUp = true;

  constructor(server: ScriptedServer) {
    this.server = server;
    this.app = new WatchingApp(`127.0.0.1:${server.port}`);
  }

  static async start(): Promise<Fickle> {
    const server = await ScriptedServer.start((line) => fickle.isUp ? TELLS[line] : null);
    const fickle = new Fickle(server);
    return fickle;
  }

  /** How often it was asked what it has. */
  get looks(): number {
    return this.server.lines.filter((line) => line.trim() === "version").length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]();
    this.server[Symbol.dispose]();
  }
}

describe("a watched server", () => {
  test("is looked at once a second, however many look at it, and never while nobody does", async () => {
    await using fickle = await Fickle.start();
    const { app } = fickle;
    assertEquals(app.clock.timers, 0);
    const viewers = [await app.viewer(), await app.viewer(), await app.viewer()];
    const next = () => Promise.all(viewers.map(async (viewer) => (await viewer.next())[0]));
    assertEquals(await next(), ["snapshot", "snapshot", "snapshot"]);
    assertEquals(fickle.looks, 1);
    await Promise.all(
      ["/server", "/functions", "/connections", "/workers"].map((path) => app.ask(path)),
    );
    assertEquals(fickle.looks, 1);
    app.clock.advance(1000);
    assertEquals(await next(), ["snapshot", "snapshot", "snapshot"]);
    assertEquals(fickle.looks, 2);
    for (const viewer of viewers) await viewer.leave();
    assertEquals(app.clock.timers, 0);
    app.clock.advance(60_000);
    assertEquals(fickle.looks, 2);
  });

  test("that does not answer is said in words, and asked again later and later", async () => {
    await using fickle = await Fickle.start();
    const { app } = fickle;
    const viewer = await app.viewer();
    assertEquals((await viewer.next())[0], "snapshot");
    fickle.isUp = false;
    const texts: string[] = [];
    for (let second = 0; second < 30; second++) {
      app.clock.advance(1000);
      const [name, { text }] = await viewer.next();
      texts.push(`${name}: ${text}`);
    }
    assertEquals(
      texts[0],
      "gone: No answer from jobs1:4730: the server has closed the connection without an answer. " +
        "It is asked again in 1 s.",
    );
    const waits = texts.map((text) => Number(/in (\d+) s/.exec(text)![1]));
    assertEquals(waits.slice(0, 9), [1, 2, 1, 4, 3, 2, 1, 8, 7]);
    assertEquals(Math.max(...waits), 10);
    const looks = fickle.looks;
    assertEquals(looks, 7);
    assertEquals((await app.ask("/functions")).status, 503);
    assertEquals(fickle.looks, looks);
    fickle.isUp = true;
    let name = "gone";
    for (let second = 0; second < 10 && name === "gone"; second++) {
      app.clock.advance(1000);
      [name] = await viewer.next();
    }
    assertEquals([name, fickle.looks], ["snapshot", looks + 1]);
    await viewer.leave();
  });

  test("that answers slowly is asked less often", async () => {
    const clock = new ManualClock();
    using server = await ScriptedServer.start(() => "OK\n");
    const watched = new WatchedServer(`127.0.0.1:${server.port}`, "", clock, 5000);
    let asked = 0;
    const ask = (seconds: number) =>
      watched.ask("slow", () => {
        asked++;
        clock.advance(seconds * 1000);
        return Promise.resolve(asked);
      });
    assertEquals(await ask(2), 1);
    clock.advance(17_999);
    assertEquals(await ask(2), 1);
    clock.advance(1);
    assertEquals(await ask(2), 2);
    await watched.close();
  });

  test("that cannot tell is not gone", async () => {
    using server = await ScriptedServer.start(() => "OK\n");
    const watched = new WatchedServer(`127.0.0.1:${server.port}`, "", new ManualClock(), 5000);
    const refuse = () => Promise.reject(new UnsupportedError("no"));
    await assertRejects(() => watched.ask("a", refuse), UnsupportedError);
    assertEquals(await watched.ask("b", () => Promise.resolve(7)), 7);
    await watched.close();
    await assertRejects(() => watched.ask("c", () => Promise.resolve(7)), ServerGone);
  });
});
