import {
  OutputBuffer,
  type PacketName,
  PacketType,
  type Segment,
  writeRequest,
} from "../protocol/mod.ts";

const PIECE = 1024 * 1024;

/** The output of a connection to a server: requests, and how much of them has not left yet. */
export class RequestOutput extends OutputBuffer {
  /** Told when some of it has left. */
  onSent: () => void = () => {};
  /** Bytes that the socket has taken. */
  sent = 0;
  #inFlight = 0;

  /** Bytes that the socket has not taken yet. */
  get unsent(): number {
    return this.size + this.#inFlight;
  }

  /**
   * Appends a request.
   *
   * @param args the NUL-terminated arguments.
   * @param data what follows them, if the type has such.
   * @param isStable nobody will change the data any more: a large one is not copied.
   */
  request(
    name: PacketName,
    args: readonly (string | Uint8Array)[],
    data: Uint8Array | null = null,
    isStable = false,
  ): void {
    writeRequest(this, PacketType[name], args, data?.length ?? null);
    if (data !== null) this.#data(data, isStable);
  }

  /** In pieces: what of a large one has left shows whether the server still takes anything. */
  #data(data: Uint8Array, isStable: boolean): void {
    const kept = isStable || data.length <= PIECE ? data : data.slice();
    for (let start = 0; start < data.length; start += PIECE) {
      this.bytes(kept, start, Math.min(start + PIECE, data.length), isStable || kept !== data);
    }
  }

  override take(): Segment | undefined {
    const segment = super.take();
    if (segment !== undefined) this.#inFlight += segment.end - segment.start;
    return segment;
  }

  override recycle(segment: Segment): void {
    this.#inFlight -= segment.end - segment.start;
    this.sent += segment.end - segment.start;
    super.recycle(segment);
    this.onSent();
  }
}
