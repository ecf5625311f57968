import { assertEquals } from "@std/assert";
import { after, afterEach, before, describe, test } from "node:test";
import { startServer, type TestServer } from "../support/server.ts";
import { assertServes } from "./round_trip.ts";

let listening: TestServer;

const LONG = "n".repeat(8 * 1024);
/** 64 bytes with everything but NUL that makes trouble: high bytes, spaces, control characters. */
const UNIQUE = Array.from({ length: 64 }, (_, index) => String.fromCharCode(255 - index * 4)).join(
  "",
);

describe("a server that is sent long names", () => {
  before(() => {
    listening = startServer();
  });
  afterEach(() => assertServes(listening.port));
  after(() => listening.stop());

  const refused: [string, string[]][] = [
    ["CAN_DO", [LONG]],
    ["CAN_DO_TIMEOUT", [LONG, "1000"]],
    ["SUBMIT_JOB", [LONG, "", ""]],
    ["SUBMIT_JOB_BG", [LONG, "", ""]],
    ["SUBMIT_JOB_EPOCH", [LONG, "", "0", ""]],
    ["SUBMIT_REDUCE_JOB", [LONG, "", "", "", ""]],
    ["SUBMIT_JOB", ["f", LONG, ""]],
    ["SUBMIT_REDUCE_JOB", ["f", "", LONG, "", ""]],
    ["GET_STATUS", [LONG]],
    ["GET_STATUS_UNIQUE", [LONG]],
  ];
  for (const [type, args] of refused) {
    const place = args.indexOf(LONG) + 1;
    test(`argument ${place} of ${type} with 8 KiB is ARGUMENT_TOO_LARGE`, async () => {
      using peer = await listening.peer();
      const [code] = await peer.packet(type, ...args).expect("ERROR", 2);
      assertEquals(code, "ARGUMENT_TOO_LARGE");
      await peer.packet("ECHO_REQ", "still here").expect("ECHO_RES");
      assertEquals(listening.server.jobs(), []);
    });
  }

  test("a result for a handle of 8 KiB finds no job", async () => {
    using peer = await listening.peer();
    for (const type of ["WORK_COMPLETE", "WORK_DATA", "WORK_STATUS", "WORK_FAIL"]) {
      const args = type === "WORK_STATUS" ? [LONG, "1", "2"] : [LONG, ""];
      await peer.packet(type, ...args.slice(0, type === "WORK_FAIL" ? 1 : 3)).expect("ERROR", 2);
    }
    await peer.packet("ECHO_REQ", "still here").expect("ECHO_RES");
  });

  test("unknown functions, options and client ids of 8 KiB do no harm", async () => {
    using peer = await listening.peer();
    peer.packet("CANT_DO", LONG).packet("SET_CLIENT_ID", LONG).packet("OPTION_REQ", LONG);
    const [code] = await peer.expect("ERROR", 2);
    assertEquals(code, "UNKNOWN_OPTION");
    const lines = await peer.send("workers\n").textReply();
    assertEquals(lines.length, 1);
  });

  test("no text command makes or limits a function with a name of more than 512 bytes", async () => {
    using peer = await listening.peer();
    const name = "n".repeat(513);
    for (const line of [`create function ${name}`, `maxqueue ${name} 1`]) {
      const answer = await peer.send(`${line}\n`).nextLine();
      assertEquals(answer, "ERR ARGUMENT_TOO_LARGE Function+name+too+large");
    }
    const shown = await peer.send("status\n").textReply();
    assertEquals(shown.filter((line) => line.startsWith("nnn")), []);
  });

  test("text commands with a name of 8 KiB get an answer, and above that an ERR and a close", async () => {
    using peer = await listening.peer();
    for (const command of ["create function", "drop function", "maxqueue", "cancel job", ""]) {
      const name = LONG.slice(command.length + 3);
      await peer.send(`${command} ${name}\n`).nextLine();
    }
    await peer.packet("ECHO_REQ", "still here").expect("ECHO_RES");
    peer.send(`create function ${LONG}`);
    const answer = await peer.nextLine();
    assertEquals(answer.startsWith("ERR LINE_TOO_LONG"), true, answer);
    assertEquals(await peer.allUntilClose(), "");
  });

  test("a unique of 64 bytes comes back exactly", async () => {
    using client = await listening.peer();
    using worker = await listening.peer();
    const [handle] = await client.packet("SUBMIT_JOB", "f", UNIQUE, "payload").expect(
      "JOB_CREATED",
    );
    worker.packet("CAN_DO", "f").packet("GRAB_JOB_UNIQ");
    const assigned = await worker.expect("JOB_ASSIGN_UNIQ", 4);
    assertEquals(assigned, [handle, "f", UNIQUE, "payload"]);
    const status = await client.packet("GET_STATUS_UNIQUE", UNIQUE).expect("STATUS_RES_UNIQUE", 6);
    assertEquals(status, [UNIQUE, "1", "1", "0", "0", "1"]);
    worker.packet("WORK_COMPLETE", handle, "");
    await client.expect("WORK_COMPLETE", 2);
  });

  for (const type of ["SUBMIT_JOB", "SUBMIT_JOB_HIGH_BG", "SUBMIT_JOB_LOW"]) {
    test(`a unique of 65 bytes is ARGUMENT_TOO_LARGE: ${type}`, async () => {
      using client = await listening.peer();
      const error = await client.packet(type, "f", `${UNIQUE}!`, "payload").expect("ERROR", 2);
      assertEquals(error, ["ARGUMENT_TOO_LARGE", "Unique value too large"]);
      assertEquals(listening.server.jobs(), []);
    });
  }
});
