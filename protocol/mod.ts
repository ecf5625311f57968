/**
 * The Gearman protocol: bytes to packets and text lines, and back. It knows nothing of jobs, sockets and
 * runtimes. Every folder may import it; it imports nothing.
 *
 * @module
 */

export * from "./decoder.ts";
export * from "./packet_view.ts";
export * from "./encode.ts";
export * from "./errors.ts";
export { HEADER_SIZE } from "./packet_types.ts";
export * from "./large_buffers.ts";
export * from "./numbers.ts";
export * from "./output_buffer.ts";
export * from "./packet_types.ts";
export * from "./text.ts";
