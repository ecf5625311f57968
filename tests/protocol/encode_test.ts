import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import {
  byteString,
  encodeRequest,
  ERRORS,
  OutputBuffer,
  PacketType,
  writeError,
  writeRequest,
} from "../../protocol/mod.ts";
import { requestBytes } from "../support/raw_peer.ts";
import { takeAll } from "./taken.ts";

describe("an ERROR packet", () => {
  test("has the code, a NUL and the text", () => {
    const out = new OutputBuffer();
    writeError(out, ERRORS.tooManyJobs);
    assertEquals(
      takeAll(out),
      "\0RES\0\0\0\x13\0\0\0\x24QUEUE_ERROR\0Server has too many jobs",
    );
  });
});

describe("a request", () => {
  test("has its arguments joined by NULs, in UTF-8", () => {
    assertEquals(
      byteString(encodeRequest(PacketType.SUBMIT_JOB, "ä", new Uint8Array([0xff]), "data")),
      requestBytes("SUBMIT_JOB", "\xc3\xa4", "\xff", "data").toString("latin1"),
    );
  });

  test("without arguments has no body", () => {
    assertEquals(
      byteString(encodeRequest(PacketType.GRAB_JOB)),
      requestBytes("GRAB_JOB").toString("latin1"),
    );
  });

  test("whose data the caller appends has a NUL behind each argument, and counts the data", () => {
    const out = new OutputBuffer();
    writeRequest(out, PacketType.SUBMIT_JOB, ["f", ""], 100_000);
    out.bytes(new Uint8Array(100_000).fill(0x61));
    const expected = requestBytes("SUBMIT_JOB", "f", "", "a".repeat(100_000)).toString("latin1");
    assertEquals(takeAll(out), expected);
  });

  test("of several megabytes is one array", () => {
    const data = new Uint8Array(3 * 1024 * 1024).fill(0x61);
    const bytes = encodeRequest(PacketType.ECHO_REQ, data);
    assertEquals([bytes.length, bytes.at(-1)], [12 + data.length, 0x61]);
  });
});
