import { byteString, type OutputBuffer } from "../../protocol/mod.ts";

/** Takes all output as a byte string, giving each segment back, as a transport does. */
export function takeAll(out: OutputBuffer): string {
  let text = "";
  for (let segment = out.take(); segment !== undefined; segment = out.take()) {
    text += byteString(segment.bytes, segment.start, segment.end);
    out.recycle(segment);
  }
  return text;
}
