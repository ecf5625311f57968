import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { DEFAULT_LIMITS } from "../../protocol/mod.ts";
import { binary, request } from "../support/fake_peer.ts";
import { inChunks, joined, packetEvent, Recorder } from "./recorder.ts";

const good = request(16, "good");

/** A header that announces `length` bytes, and none of them. */
function header(type: number, length: number): Uint8Array {
  const bytes = request(1);
  new DataView(bytes.buffer).setUint32(4, type);
  new DataView(bytes.buffer).setUint32(8, length);
  return bytes;
}

/** The events of the bytes in one chunk, which those of single bytes must equal. */
function eventsOf(bytes: Uint8Array, limits = DEFAULT_LIMITS): string[] {
  const { events } = new Recorder(limits).push(bytes);
  assertEquals(new Recorder(limits).push(...inChunks(bytes, 1)).events, events);
  return events;
}

describe("a wrong magic", () => {
  for (const position of [1, 2, 3]) {
    test(`at byte ${position} is a fault as soon as that byte has come`, () => {
      const bytes = good.slice();
      bytes[position] = 0x5a;
      assertEquals(eventsOf(bytes.subarray(0, position + 1)), ["fault badMagic"]);
      assertEquals(new Recorder().push(bytes.subarray(0, position)).events, []);
      assertEquals(eventsOf(joined([good, bytes, good])), [
        packetEvent(16, "good"),
        "fault badMagic",
      ]);
    });
  }

  test("at byte 0 makes it a text line", () => {
    assertEquals(eventsOf(joined([binary("!REQ"), binary("\n")])), ["line !REQ"]);
  });

  test("in the fourth byte may be Q or S only", () => {
    for (let byte = 0; byte < 256; byte++) {
      const bytes = good.slice();
      bytes[3] = byte;
      const [first] = eventsOf(bytes);
      if (byte === 0x51) assertEquals(first, packetEvent(16, "good"));
      else if (byte === 0x53) assertEquals(first, packetEvent(16, "good", "RES"));
      else assertEquals(first, "fault badMagic");
    }
  });
});

describe("binary that is no packet", () => {
  test("is a fault at its first byte: a TLS handshake need not wait for a line feed", () => {
    assertEquals(eventsOf(binary("\x16\x03\x01\x02\x00")), ["fault badMagic"]);
  });

  test("a line may begin with TAB, CR, LF and whatever is above the control characters", () => {
    for (let byte = 1; byte < 256; byte++) {
      const bytes = Uint8Array.of(byte, 0x78, 0x0a);
      const isText = byte >= 0x20 || byte === 9 || byte === 10 || byte === 13;
      assertEquals(eventsOf(bytes)[0].split(" ")[0], isText ? "line" : "fault", `byte ${byte}`);
    }
  });
});

describe("an unknown type", () => {
  for (const type of [0, 43, 255, 0x0100_0007, 0x0700_0000, 0xffff_ffff]) {
    test(`${type} is a fault before its body comes`, () => {
      assertEquals(eventsOf(header(type, 100)), ["fault unknownType"]);
      assertEquals(new Recorder().push(header(type, 100).subarray(0, 11)).events, []);
    });
  }
});

describe("an announced length", () => {
  const limits = { maxPacketSize: 100, maxLineLength: 10 };

  test("up to the limit is waited for", () => {
    const body = "x".repeat(100);
    assertEquals(eventsOf(request(16, body), limits), [packetEvent(16, body)]);
  });

  test("above the limit is a fault before the body comes", () => {
    assertEquals(eventsOf(header(16, 101), limits), ["fault packetTooLarge"]);
  });

  for (const length of [0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 64 * 1024 * 1024 + 1]) {
    test(`of ${length} bytes is above the default limit`, () => {
      assertEquals(eventsOf(header(7, length)), ["fault packetTooLarge"]);
    });
  }
});

describe("a line of", () => {
  for (const end of ["\n", "\r\n"]) {
    const name = end === "\n" ? "LF" : "CRLF";

    test(`8192 bytes and ${name} is taken`, () => {
      const line = "x".repeat(8192);
      assertEquals(eventsOf(binary(line + end)), [`line ${line}`]);
    });

    test(`8193 bytes and ${name} is a fault`, () => {
      assertEquals(eventsOf(binary("x".repeat(8193) + end)), ["fault lineTooLong"]);
    });
  }

  test("8195 bytes is a fault even if its end never comes, in chunks of any size", () => {
    for (const size of [1, 2, 8191, 8192, 8193, 8194, 8195]) {
      const chunks = inChunks(binary("x".repeat(8195)), size);
      assertEquals(new Recorder().push(...chunks).events, ["fault lineTooLong"], `size ${size}`);
    }
  });

  test("too many bytes does not swallow those before it", () => {
    const bytes = binary("version\n" + "x".repeat(9000) + "\nstatus\n");
    assertEquals(eventsOf(bytes), ["line version", "fault lineTooLong"]);
  });
});

describe("a line that ends in a version of HTTP", () => {
  const request = "POST / HTTP/1.1";

  test("is a fault, and nothing behind it is decoded", () => {
    for (const version of ["1.0", "1.1", "2.0"]) {
      for (const end of ["\n", "\r\n"]) {
        const line = `POST /path?query HTTP/${version}${end}`;
        const bytes = joined([binary(`version\n${line}Host: x${end}${end}status\n`), good]);
        assertEquals(eventsOf(bytes), ["line version", "fault http"], line);
      }
    }
  });

  test("is a fault in chunks of any size", () => {
    for (let size = 1; size <= request.length; size++) {
      const chunks = inChunks(binary(`${request}\r\nstatus\n`), size);
      assertEquals(new Recorder().push(...chunks).events, ["fault http"], `size ${size}`);
    }
  });

  test("is known by its end alone", () => {
    const others = ["HTTP/1.1", "status xHTTP/1.1", `${request} `, "show HTTP/1.x", ".", "a.b", ""];
    for (const line of others) assertEquals(eventsOf(binary(line + "\n")), [`line ${line}`]);
  });
});

describe("after a fault", () => {
  test("nothing is decoded and nothing is kept", () => {
    const recorder = new Recorder().push(joined([header(0, 0), good]), good, binary("status\n"));
    assertEquals(recorder.events, ["fault unknownType"]);
    assertEquals(recorder.decoder.pendingBytes, 0);
  });
});
