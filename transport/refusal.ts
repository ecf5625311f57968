import { encodeName, FAULTS, OutputBuffer, PacketType } from "../protocol/mod.ts";
import type { Link, LinkHandler } from "../router/mod.ts";

/** Tells a peer for which there is no room so, and closes. */
export function refuse(link: Link): LinkHandler {
  const out = new OutputBuffer();
  writeRefusal(out);
  link.end();
  return {
    out,
    mayWait: false,
    isHolding: false,
    receive: () => {},
    resume: () => {},
    peerEnded: () => link.end(),
    closed: () => out.clear(),
  };
}

/** The ERROR packet that says that there is no room. */
export function writeRefusal(out: OutputBuffer): void {
  const { code, text } = FAULTS.tooManyConnections;
  const body = encodeName(`${code}\0${text}`);
  out.packet(PacketType.ERROR, body.length);
  out.bytes(body);
}
