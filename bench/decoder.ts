import { group } from "mitata";
import {
  encodeRequest,
  LargeBuffers,
  PacketDecoder,
  PACKETS,
  PacketType,
  type PacketView,
} from "../protocol/mod.ts";
import { add } from "./benchmark.ts";
import { repeated } from "./packets.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Splits the arguments of what it gets, as the router does, and counts their bytes. */
class Splitter {
  count = 0;

  packet(view: PacketView): void {
    view.split(PACKETS[view.type]!);
    this.count += view.end - view.dataStart;
  }

  line(_bytes: Uint8Array, start: number, end: number): void {
    this.count += end - start;
  }

  fault(name: string): void {
    throw new Error(name);
  }
}

/** Decodes `bytes` in chunks of `size` each time. */
function decoding(name: string, bytes: Uint8Array, size: number = bytes.length): void {
  add(`decoder: ${name}`, function* () {
    const sink = new Splitter();
    const decoder = new PacketDecoder(sink, undefined, undefined, new LargeBuffers());
    yield () => {
      for (let start = 0; start < bytes.length; start += size) {
        decoder.push(bytes, start, Math.min(start + size, bytes.length));
      }
      return sink.count;
    };
  });
}

group("PacketDecoder", () => {
  const small = encodeRequest(PacketType.SUBMIT_JOB, "resize", "cat-17", "a payload of twenty");
  decoding("64 submits in a chunk", repeated(small, 64));
  decoding("64 submits in chunks of 1460 bytes", repeated(small, 64), 1460);
  decoding(
    "a submit of 4 KiB",
    encodeRequest(PacketType.SUBMIT_JOB, "resize", "", new Uint8Array(4 * KIB)),
  );
  const large = encodeRequest(PacketType.SUBMIT_JOB, "resize", "", new Uint8Array(MIB));
  decoding("a submit of 1 MiB in chunks of 64 KiB", large, 64 * KIB);
  decoding("64 text lines in a chunk", repeated(new TextEncoder().encode("status\r\n"), 64));
});
