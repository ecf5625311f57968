import { FAULTS, OutputBuffer, writeError } from "../protocol/mod.ts";
import type { Link, LinkHandler, Router } from "../router/mod.ts";
import { connectSpare, type SpareConnection } from "../router/session/connect.ts";

/** Places for peers on this machine: health checks, and people who look what is wrong. */
const LOCAL_PLACES = 16;
/** Places for all others. */
const OTHER_PLACES = 8;
/** How long somebody may stay, in milliseconds. */
const LONGEST = 5000;

/**
 * The peers beyond the most connections that a server holds. Whether one wants to work or only asks
 * whether the server lives, its first byte tells: packets begin with a NUL. So it waits for that in one
 * of a few places. Who works is told that there is no room; who asks is answered.
 *
 * Nobody keeps such a place: a newcomer takes that of the one who has been there longest.
 */
export class SparePlaces {
  readonly #router: Router;
  readonly #refused: (link: Link) => void;
  readonly #longest: number;
  readonly #local = new Set<Place>();
  readonly #others = new Set<Place>();
  /** How many of them are connections of the router. */
  connections = 0;

  /**
   * All places are free at first.
   *
   * @param refused told of each that is refused.
   */
  constructor(router: Router, refused: (link: Link) => void, longest = LONGEST) {
    this.#router = router;
    this.#refused = refused;
    this.#longest = longest;
  }

  /** Lets somebody in. */
  accept(link: Link): LinkHandler {
    const isLocal = /^(127\.|::1$|unix$)/.test(link.peer.hostname);
    const places = isLocal ? this.#local : this.#others;
    const [oldest] = places;
    if (places.size >= (isLocal ? LOCAL_PLACES : OTHER_PLACES)) oldest.leave();
    const place = new Place(link, this.#longest, {
      connect: () => {
        this.connections++;
        return connectSpare(this.#router, link, isLocal);
      },
      refused: () => this.#refused(link),
      left: () => places.delete(place),
      closed: () => this.connections--,
    });
    places.add(place);
    return place;
  }

  /** Lets everybody go. */
  end(): void {
    for (const place of [...this.#local, ...this.#others]) place.leave();
  }
}

/** What a {@linkcode Place} tells. */
interface PlaceEvents {
  /** The peer asks something: it gets a connection. */
  readonly connect: () => SpareConnection;
  /** The peer wants to work, or says nothing: it is refused. */
  readonly refused: () => void;
  /** The place is free. */
  readonly left: () => void;
  /** The connection of who asked is closed. */
  readonly closed: () => void;
}

/** A peer in such a place. */
class Place implements LinkHandler {
  readonly mayWait = false;
  readonly #link: Link;
  readonly #events: PlaceEvents;
  readonly #timer: ReturnType<typeof setTimeout>;
  /** What a peer is told that does not have a connection of the router. */
  readonly #out = new OutputBuffer();
  #connection: SpareConnection | null = null;
  #hasLeft = false;

  constructor(link: Link, longest: number, events: PlaceEvents) {
    this.#link = link;
    this.#events = events;
    this.#timer = setTimeout(() => this.leave(), longest);
  }

  get out(): OutputBuffer {
    return this.#connection?.out ?? this.#out;
  }

  get isHolding(): boolean {
    return this.#connection?.isHolding ?? false;
  }

  get isTurnOver(): boolean {
    return this.#connection?.isTurnOver ?? false;
  }

  receive(bytes: Uint8Array, start: number, end: number, stable: boolean): void {
    if (start === end || this.#hasLeft) return;
    if (this.#connection === null) {
      if (bytes[start] === 0) return this.leave();
      this.#connection = this.#events.connect();
    }
    this.#connection.receive(bytes, start, end, stable);
    this.#leaveIfTurnedAway();
  }

  resume(): void {
    this.#connection?.resume();
    this.#leaveIfTurnedAway();
  }

  #leaveIfTurnedAway(): void {
    if (this.#hasLeft || !this.#connection?.isTurnedAway) return;
    this.#events.refused();
    this.#free();
  }

  peerEnded(): void {
    if (this.#connection === null) this.#link.end();
    else this.#connection.peerEnded();
  }

  closed(reason?: string, isCutOff?: boolean): void {
    this.#free();
    this.#out.clear();
    if (this.#connection === null) return;
    this.#connection.closed(reason, isCutOff);
    this.#events.closed();
  }

  /** Says that there is no room, and ends it. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#free();
    this.#events.refused();
    if (this.#connection !== null) return this.#connection.turnAway();
    writeError(this.#out, FAULTS.tooManyConnections);
    this.#link.end();
  }

  #free(): void {
    this.#hasLeft = true;
    clearTimeout(this.#timer);
    this.#events.left();
  }
}
