import { assert } from "@std/assert";
import { describe, test } from "node:test";
import { type Log, Server } from "../../mod.ts";
import { startServer } from "../support/server.ts";
import { assertServes } from "./round_trip.ts";
import { untilClients } from "./until_clients.ts";

describe("the log of a server", () => {
  test("gets a line for connections, faults and jobs, each at its level", async () => {
    const lines: string[] = [];
    const log: Log = {
      level: "DEBUG",
      enabled: () => true,
      write: (level, message) => void lines.push(`${level} ${message}`),
    };
    await using listening = startServer({ log });
    using peer = await listening.peer();
    await peer.packet("SUBMIT_JOB_BG", "f", "u", "").expect("JOB_CREATED");
    await peer.send("\0\0\0\0").allUntilClose();
    assert(lines.some((line) => /^INFO Accepted connection from 127\.0\.0\.1:\d+$/.test(line)));
    assert(
      lines.some((line) => /^DEBUG Job submitted: function=f handle=H:\S+ unique=u /.test(line)),
      lines.join(),
    );
    assert(
      lines.some((line) => /^ERROR Closing connection: client=1@127\.0\.0\.1:\d+ /.test(line)),
    );
  });

  test("says once which given options the runtime ignores", async () => {
    const lines: string[] = [];
    const log: Log = {
      level: "NOTICE",
      enabled: () => true,
      write: (level, message) => void lines.push(`${level} ${message}`),
    };
    await using server = new Server({ log, keepAlive: { interval: 5 } });
    server.createListeningSock(0, { localAddr: "127.0.0.1" });
    server.createListeningSock(0, { localAddr: "127.0.0.1" });
    // No runtime can set it.
    const said = lines.filter((line) => line.startsWith("NOTICE Without effect on "));
    assert(said.length === 1 && said[0].includes("keepAlive.interval"), lines.join());
  });

  test("one that throws costs neither a connection nor the server", async () => {
    const trouble = (): never => {
      throw new Error("the disk is full");
    };
    for (const enabled of [() => true, trouble]) {
      const log: Log = { level: "DEBUG", enabled, write: trouble };
      await using listening = startServer({ log, maxConnections: 2 });
      using refusing = await listening.peer();
      await refusing.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
      using other = await listening.peer();
      await other.packet("ECHO_REQ", "").expect("ECHO_RES");
      using refused = await listening.peer();
      await refused.packet("ECHO_REQ", "").expect("ERROR", 2);
      await other.send("\0\0\0\0").expect("ERROR", 2);
      await other.allUntilClose();
      refusing.destroy();
      listening.server.on("jobSubmitted", trouble);
      await untilClients(listening.server, 0);
      await assertServes(listening.port);
    }
  });
});
