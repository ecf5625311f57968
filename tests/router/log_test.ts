import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { isLogged, type Log, type LogLevel } from "../../router/mod.ts";
import { testRouter } from "../support/router.ts";

/** A log that remembers its lines. */
function memoryLog(level: LogLevel): Log & { lines: string[] } {
  const lines: string[] = [];
  return {
    level,
    lines,
    enabled: (line) => isLogged(line, level),
    write: (line, message) => void lines.push(`${line} ${message}`),
  };
}

describe("the router's log", () => {
  test("has accepted jobs at NOTICE in gearmand's format, names escaped", () => {
    const log = memoryLog("NOTICE");
    const { peer } = testRouter({ log });
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "u", "");
    client.submit("SUBMIT_JOB_EPOCH", "a\nb", "", "9999999999", "");
    assertEquals(log.lines, ["NOTICE accepted,f,u,0", "NOTICE accepted,a%0Ab,,9999999999"]);
  });

  test("has connections at INFO", () => {
    const log = memoryLog("INFO");
    const { peer } = testRouter({ log });
    peer(7).vanish();
    assertEquals(log.lines, [
      "INFO Accepted connection from 127.0.0.1:7",
      "INFO Disconnected 127.0.0.1:7",
    ]);
  });

  test("has one line a second about nonsense, with a count of the rest", () => {
    const log = memoryLog("ERROR");
    const { peer, clock } = testRouter({ log });
    for (let scan = 0; scan < 50; scan++) peer(1).raw("\x16\x03\x01");
    clock.advance(1000);
    peer(2).raw("\x16\x03\x01");
    assertEquals(log.lines, [
      "ERROR Closing connection 127.0.0.1:1: Neither a packet nor a text command",
      "ERROR Closing connection 127.0.0.1:2: Neither a packet nor a text command; " +
      "49 others were closed since the last such line",
    ]);
  });
});
