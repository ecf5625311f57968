import { group } from "mitata";
import { encodeName, OutputBuffer, PacketType } from "../protocol/mod.ts";
import { add } from "./benchmark.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const HANDLE = encodeName("H:localhost:76453829112400000000000017");

/** Encodes results with this payload, then takes all output and gives its memory back. */
function encoding(name: string, count: number, payload: Uint8Array): void {
  add(`output: ${name}`, function* () {
    const out = new OutputBuffer();
    yield () => {
      for (let packet = 0; packet < count; packet++) {
        out.packet(PacketType.WORK_COMPLETE, HANDLE.length + 1 + payload.length);
        out.bytes(HANDLE);
        out.byte(0);
        out.bytes(payload, 0, payload.length, true);
      }
      let sent = 0;
      for (let segment = out.take(); segment !== undefined; segment = out.take()) {
        sent += segment.end - segment.start;
        out.recycle(segment);
      }
      return sent;
    };
  });
}

group("OutputBuffer", () => {
  encoding("64 results of 20 bytes", 64, new Uint8Array(20));
  encoding("a result of 4 KiB", 1, new Uint8Array(4 * KIB));
  encoding("a result of 1 MiB", 1, new Uint8Array(MIB));
});
