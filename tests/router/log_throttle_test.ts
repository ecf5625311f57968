import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { loggedRouter } from "../support/memory_log.ts";

describe("a line that peers can cause at will", () => {
  const nonsense = "\x16\x03\x01";
  const line = (port: number, number: number) =>
    `ERROR Closing connection: client=${number}@127.0.0.1:${port} ` +
    'cause="Neither a packet nor a text command"';

  test("is written once a second, with a count of those that were left out", () => {
    const { peer, clock, log } = loggedRouter("ERROR");
    for (let scan = 0; scan < 50; scan++) peer(1).raw(nonsense);
    clock.advance(1000);
    peer(2).raw(nonsense);
    assertEquals(log.texts, [line(1, 1), `${line(2, 51)} suppressed=49`]);
  });

  test("is counted on its own when no further one comes", () => {
    const { peer, clock, log, router } = loggedRouter("ERROR");
    for (let scan = 0; scan < 50; scan++) peer(1).raw(nonsense);
    clock.advance(1999);
    assertEquals(log.lines.length, 1);
    clock.advance(1);
    assertEquals(log.texts.slice(1), ["ERROR Closing connection: suppressed=49"]);
    assertEquals(log.lines[1].fields, { event: "connectionFault", suppressed: 49 });
    clock.advance(10_000);
    assertEquals([log.lines.length, router.timers.size], [2, 0]);
  });

  test("is written once a second however long it is caused, and no count is lost", () => {
    const { peer, clock, log } = loggedRouter("ERROR");
    for (let tenth = 0; tenth < 100; tenth++) {
      peer(1).raw(nonsense);
      clock.advance(100);
    }
    clock.advance(2000);
    assertEquals(log.lines.length, 11);
    const left = log.lines.reduce((sum, { fields }) => sum + (fields?.suppressed ?? 0), 0);
    // The last line is a count alone.
    assertEquals(left + log.lines.length - 1, 100);
  });

  test("keeps no line about something else from being written", () => {
    const { peer, log } = loggedRouter("WARNING");
    for (let times = 0; times < 3; times++) {
      peer().raw(nonsense);
      peer().send("OPTION_REQ", "speed");
    }
    assertEquals(log.lines.map(({ fields }) => fields?.event), [
      "connectionFault",
      "requestRefused",
    ]);
  });

  test("is counted at the latest when the server stops", () => {
    const { peer, log, router } = loggedRouter("ERROR");
    for (let scan = 0; scan < 3; scan++) peer(1).raw(nonsense);
    router.close();
    assertEquals(log.texts.slice(1), ["ERROR Closing connection: suppressed=2"]);
  });

  test("is not even counted where its level is off", () => {
    const { peer, log, router } = loggedRouter("FATAL");
    for (let scan = 0; scan < 3; scan++) peer(1).raw(nonsense);
    assertEquals([log.lines.length, router.timers.size], [0, 0]);
  });
});

describe("a name that a peer chooses", () => {
  test("begins no line of its own and passes for no other field", () => {
    const { peer, log } = loggedRouter("WARNING");
    const name = "f\n  FATAL x\r\x1b[2J\xe2\x80\xae\xc2\x9b handle=H:x:1";
    peer().send("SET_CLIENT_ID", `a"b=c\t`).send("SUBMIT_JOB", name, "u".repeat(65), "");
    const [{ message }] = log.lines;
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x1f\x7f-\x9f\u2028-\u202e]/.test(message), message);
    const values = message.replace(/"(\\.|[^"\\])*"/g, "").match(/\w+(?==)/g);
    assertEquals(values, ["function", "unique", "client", "clientId", "cause"]);
  });
});
