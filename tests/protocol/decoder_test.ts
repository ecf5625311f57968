import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import { binary, request } from "../support/fake_peer.ts";
import { inChunks, joined, packetEvent, Recorder } from "./recorder.ts";

const ECHO = PacketType.ECHO_REQ;

describe("the decoder finds packets", () => {
  test("one byte at a time", () => {
    const bytes = joined([request(ECHO, "first"), request(ECHO), request(PacketType.GRAB_JOB)]);
    assertEquals(new Recorder().push(...inChunks(bytes, 1)).events, [
      packetEvent(ECHO, "first"),
      packetEvent(ECHO, ""),
      packetEvent(PacketType.GRAB_JOB, ""),
    ]);
  });

  test("a thousand in one chunk", () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => String(index));
    const bytes = joined(numbers.map((number) => request(ECHO, number)));
    const expected = numbers.map((number) => packetEvent(ECHO, number));
    assertEquals(new Recorder().push(bytes).events, expected);
  });

  test("cut in two at any place", () => {
    const first = request(PacketType.SUBMIT_JOB, "reverse", "key", "some data");
    const bytes = joined([first, request(ECHO, "x")]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const events = new Recorder().push(bytes.subarray(0, cut), bytes.subarray(cut)).events;
      assertEquals(events, [
        packetEvent(PacketType.SUBMIT_JOB, "reverse\0key\0some data"),
        packetEvent(ECHO, "x"),
      ], `cut at ${cut}`);
    }
  });

  test("as soon as their last byte has come, not before", () => {
    const bytes = request(ECHO, "abc");
    const recorder = new Recorder().push(bytes.subarray(0, bytes.length - 1));
    assertEquals(recorder.events, []);
    assertEquals(recorder.decoder.pendingBytes, bytes.length - 1);
    recorder.push(bytes.subarray(bytes.length - 1));
    assertEquals(recorder.events, [packetEvent(ECHO, "abc")]);
    assertEquals(recorder.decoder.pendingBytes, 0);
  });

  test("of every type from 1 to 42, requests and responses", () => {
    for (let type = 1; type <= 42; type++) {
      const response = request(type, "a");
      response[3] = 0x53;
      assertEquals(new Recorder().push(request(type, "a"), response).events, [
        packetEvent(type, "a", "REQ"),
        packetEvent(type, "a", "RES"),
      ]);
    }
  });

  test("whose bodies hold line feeds, NULs and the magic itself", () => {
    const body = "\n\r\n\0REQ\0\0\0\x10\0\0\0\0status\n";
    for (const size of [1, 5, 1000]) {
      const events = new Recorder().push(...inChunks(request(ECHO, body), size)).events;
      assertEquals(events, [packetEvent(ECHO, body)]);
    }
  });
});

describe("the decoder finds text lines", () => {
  test("with LF and with CRLF, empty ones too", () => {
    const events = new Recorder().push(binary("status\nversion\r\n\n\r\nworkers\n")).events;
    assertEquals(events, ["line status", "line version", "line ", "line ", "line workers"]);
  });

  test("with one CR only taken off the end, and none from the middle", () => {
    assertEquals(new Recorder().push(binary("a\rb\r\r\n")).events, ["line a\rb\r"]);
  });

  test("whose CR and LF come in different chunks", () => {
    const events = new Recorder().push(...inChunks(binary("status\r\nversion\r\n"), 1)).events;
    assertEquals(events, ["line status", "line version"]);
  });

  test("of bytes above 127", () => {
    assertEquals(new Recorder().push(binary("\xff\xc3\xa4 \x80\n")).events, [
      "line \xff\xc3\xa4 \x80",
    ]);
  });

  test("with NULs inside", () => {
    for (const size of [1, 3, 100]) {
      const events = new Recorder().push(...inChunks(binary("st\0at\0\0us\n"), size)).events;
      assertEquals(events, ["line st\0at\0\0us"]);
    }
  });
});

describe("packets and text on one connection", () => {
  test("come out in the order they came, however they are cut", () => {
    const bytes = joined([
      binary("status\n"),
      request(ECHO, "one"),
      request(ECHO, "two"),
      binary("version\r\nworkers\n"),
      request(PacketType.PRE_SLEEP),
      binary("jobs\n"),
    ]);
    for (let size = 1; size <= bytes.length; size++) {
      assertEquals(new Recorder().push(...inChunks(bytes, size)).events, [
        "line status",
        packetEvent(ECHO, "one"),
        packetEvent(ECHO, "two"),
        "line version",
        "line workers",
        packetEvent(PacketType.PRE_SLEEP, ""),
        "line jobs",
      ]);
    }
  });

  test("what lies in the read buffer behind the end of the chunk is not read", () => {
    const recorder = new Recorder();
    const readBuffer = binary("version\nstatus\n");
    recorder.decoder.push(readBuffer, 0, 4);
    assertEquals(recorder.events, []);
    recorder.decoder.push(binary("xxion\nyyy"), 2, 6);
    assertEquals(recorder.events, ["line version"]);
    assertEquals(recorder.decoder.pendingBytes, 0);
  });
});

describe("stop()", () => {
  const stream = joined([request(ECHO, "one"), binary("two\n"), request(ECHO, "three")]);

  test("in the middle of a chunk drops the rest of it and all that comes later", () => {
    for (const last of [packetEvent(ECHO, "one"), "line two"]) {
      const recorder = new Recorder();
      recorder.onEvent = (event) => event === last && recorder.decoder.stop();
      recorder.push(stream, stream);
      assertEquals(recorder.events.at(-1), last);
      assertEquals(recorder.decoder.pendingBytes, 0);
    }
  });

  test("while what was cut is put together works likewise", () => {
    const recorder = new Recorder();
    recorder.onEvent = () => recorder.decoder.stop();
    recorder.push(...inChunks(stream, 7));
    assertEquals(recorder.events, [packetEvent(ECHO, "one")]);
    assertEquals(recorder.decoder.pendingBytes, 0);
  });

  test("between chunks forgets what was pending", () => {
    const recorder = new Recorder().push(stream.subarray(0, 5));
    recorder.decoder.stop();
    assertEquals(recorder.decoder.pendingBytes, 0);
    recorder.push(stream.subarray(5), stream);
    assertEquals(recorder.events, []);
  });
});

describe("a view is stable", () => {
  test("when the chunk is, and always when the packet was put together from pieces", () => {
    const stable: boolean[] = [];
    const recorder = new Recorder();
    const { packet } = recorder;
    recorder.packet = (view) => {
      stable.push(view.stable);
      packet.call(recorder, view);
    };
    const bytes = request(ECHO, "abc");
    recorder.decoder.push(bytes);
    recorder.decoder.push(bytes, 0, bytes.length, true);
    recorder.decoder.push(bytes, 0, 5);
    recorder.decoder.push(bytes, 5);
    assertEquals(stable, [false, true, true]);
  });
});
