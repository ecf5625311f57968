import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { byteString, PACKETS, PacketView } from "../../protocol/mod.ts";
import { binary } from "../support/fake_peer.ts";

/** A view on a body that lies between other bytes, NULs among them. */
function viewOf(body: string): PacketView {
  const view = new PacketView();
  view.bytes = binary(`\0\0${body}\0\0\0\0\0\0\0\0\0`);
  view.start = 2;
  view.end = 2 + body.length;
  return view;
}

/** The arguments and the data of a body, or null when it holds too few NULs. */
function split(type: number, body: string): string[] | null {
  const info = PACKETS[type]!;
  const view = viewOf(body);
  if (!view.split(info)) return null;
  const parts = info.args.map((_, index) =>
    byteString(view.bytes, view.argumentStart(index), view.argumentEnd(index))
  );
  parts.forEach((part, index) => assertEquals(view.argumentLength(index), part.length));
  if (info.data) parts.push(byteString(view.bytes, view.dataStart, view.end));
  else assertEquals(view.dataStart, view.end);
  return parts;
}

describe("split", () => {
  for (const info of PACKETS.slice(1)) {
    const { type, name, args, data, nuls } = info!;

    test(`finds each argument of ${name}`, () => {
      const parts = [...args, ...(data ? ["the data"] : [])];
      assertEquals(split(type, parts.join("\0")), parts);
    });

    test(`finds empty arguments of ${name}`, () => {
      assertEquals(split(type, "\0".repeat(nuls)), Array(args.length + (data ? 1 : 0)).fill(""));
    });

    if (nuls > 0) {
      test(`refuses ${name} with a NUL too few, though NULs lie behind its end`, () => {
        assertEquals(split(type, args.slice(0, nuls).join("\0")), null);
        assertEquals(split(type, ""), null);
      });
    }
  }

  test("leaves the NULs in the data alone", () => {
    assertEquals(split(7, "f\0u\0a\0b\0"), ["f", "u", "a\0b\0"]);
  });

  test("leaves the NULs in a last argument without data alone", () => {
    assertEquals(split(12, "h\x001\x002\x003"), ["h", "1", "2\x003"]);
  });
});

describe("wholeBodyIsFirstArgument", () => {
  test("makes a body without a NUL the handle, with empty data", () => {
    const view = viewOf("H:host:1");
    assertEquals(view.split(PACKETS[13]!), false);
    view.wholeBodyIsFirstArgument();
    assertEquals(byteString(view.bytes, view.argumentStart(0), view.argumentEnd(0)), "H:host:1");
    assertEquals(view.argumentLength(0), 8);
    assertEquals(view.dataStart, view.end);
  });
});
