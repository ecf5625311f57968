/**
 * This folder has what speaks: the connection of one peer, with its packets in `packets/` and its text
 * commands in `text/`. It imports the router, whose parts do what peers ask for; of the router's rooms
 * none may import it.
 *
 * @module
 */

import { byteString, errorLine, FAULTS, type PacketView } from "../../protocol/mod.ts";
import { Connection } from "./connection.ts";
import { dispatchPacket } from "./packets/table.ts";
import { dispatchLine, mustWait } from "./text/table.ts";
import type { Link } from "../model/link.ts";
import type { Router } from "../router.ts";

/** A connection that is answered by the tables of packets and text commands. */
export class FullConnection extends Connection {
  packet(view: PacketView): void {
    dispatchPacket(this, view);
  }

  protected mustWait(bytes: Uint8Array, start: number, end: number): boolean {
    return mustWait(bytes, start, end);
  }

  protected answerLine(bytes: Uint8Array, start: number, end: number): void {
    dispatchLine(this, bytes, start, end);
  }
}

/** Text commands that tell whether a server lives. */
const HEALTH = /^(version|ready)\s*$/i;

/**
 * A connection beyond those that there may be: it may ask by text commands what is wrong, and nothing
 * else.
 */
export class SpareConnection extends FullConnection {
  readonly #mayAskAll: boolean;
  /** @internal Has it been told that there is no room? */
  isTurnedAway = false;

  /**
   * @internal Made by {@linkcode connectSpare}.
   *
   * @param mayAskAll all text commands, not only those of health checks.
   */
  constructor(router: Router, link: Link, mayAskAll: boolean) {
    super(router, link);
    this.#mayAskAll = mayAskAll;
  }

  /** @internal What is refused anyway waits for nothing but the end of an answer. */
  override mustHold(isPacket: boolean): boolean {
    return isPacket ? this.isAnswering : super.mustHold(false);
  }

  /** @internal There is no room for whoever wants to work. */
  override packet(): void {
    if (this.isTurnedAway) return;
    this.isTurnedAway = true;
    this.sendError(FAULTS.tooManyConnections);
    this.link.end();
  }

  /** @internal A text line came in. */
  override line(bytes: Uint8Array, start: number, end: number): void {
    if (this.isTurnedAway) return;
    if (this.#mayAskAll || HEALTH.test(byteString(bytes, start, end))) {
      super.line(bytes, start, end);
    } else this.turnAway();
  }

  /** @internal Says in a line of text that there is no room, and ends it. */
  turnAway(): void {
    if (this.isTurnedAway) return;
    this.isTurnedAway = true;
    const { code, text } = FAULTS.tooManyConnections;
    this.router.counts.refuse(FAULTS.tooManyConnections);
    this.sendText(errorLine(code, text));
    this.link.end();
  }
}

/** Takes a new peer in; the transport feeds the returned connection. */
export function connect(router: Router, link: Link): Connection {
  const connection = new FullConnection(router, link);
  router.peers.add(connection);
  return connection;
}

/** Takes one in that may only ask, by all text commands or those of health checks. */
export function connectSpare(router: Router, link: Link, mayAskAll: boolean): SpareConnection {
  const connection = new SpareConnection(router, link, mayAskAll);
  router.peers.add(connection);
  return connection;
}
