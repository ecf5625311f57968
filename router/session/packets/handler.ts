import type { PacketView } from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";

/** Does what one packet asks for. Its arguments have been split by the protocol's table. */
export type PacketHandler = (connection: Connection, view: PacketView) => void;
