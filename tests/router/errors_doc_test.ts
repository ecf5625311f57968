/** docs/protocol.md lists every ERROR with its code and text, as the server sends them. */
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { ERRORS, FAULTS, type ProtocolError } from "../../protocol/mod.ts";
import { testRouter } from "../support/router.ts";

const DOC = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");

/** Code and text of each row of the table with a heading. */
function rowsOf(heading: string): string[] {
  const [, section] = new RegExp(`\n### ${heading}\n([^]*?)\n##`).exec(DOC)!;
  return [...section.matchAll(/^\| `(\w+)` +\| (.+?) +\|/gm)].map(([, code, text]) =>
    `${code} ${text}`
  ).sort();
}

function known(errors: Record<string, ProtocolError>): string[] {
  return Object.values(errors).map(({ code, text }) => `${code} ${text}`).sort();
}

describe("docs/protocol.md", () => {
  test("lists all errors after which the connection goes on, and no other", () => {
    assertEquals(rowsOf("Errors after which the connection goes on"), known(ERRORS));
  });

  test("lists all errors after which the connection is closed, and no other", () => {
    assertEquals(rowsOf("Errors that close the connection"), known(FAULTS));
  });

  test("says how a text command is refused for the same reason", () => {
    const [shown] = /ERR QUEUE_ERROR \S+(?=`)/.exec(DOC)!;
    const { peer } = testRouter({ maxFunctions: 1 });
    peer().canDo("f");
    assertEquals(peer().text("create function g"), `${shown}\r\n`);
  });
});
