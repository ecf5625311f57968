import { decodeName, encodeName, hostAndPort, type OutputBuffer } from "../../protocol/mod.ts";
import type { Ability, ManyAbilities } from "./ability.ts";
import type { FunctionQueue } from "./function_queue.ts";
import type { Job } from "./job.ts";
import type { Link, PeerAddress } from "./link.ts";
import { Recipient } from "./subscriber.ts";
import type { PeerView } from "./views.ts";

/** The client id of a peer that has set none. */
const NO_CLIENT_ID = encodeName("-");

/**
 * One peer: a client, a worker, or both at once, as the router knows it. How it speaks and listens is
 * the affair of its connection, which extends this.
 *
 * The router alone changes it; programs see a {@linkcode PeerView}.
 */
export abstract class Peer extends Recipient implements PeerView {
  /** Number of its connection, never used again in the life of the router. */
  readonly id: number;
  /** The transport under its connection. */
  readonly link: Link;
  /** What is to be sent to it. */
  abstract readonly out: OutputBuffer;
  /** Is it gone? */
  isClosed = false;
  /** @internal Has it stopped reading, although it may still send? It does not get jobs then. */
  isLeaving = false;

  /** What it called itself by SET_CLIENT_ID. */
  clientId: Uint8Array = NO_CLIENT_ID;
  /** @internal Has it submitted a job? */
  hasSubmitted = false;

  /** When it connected, in milliseconds of the clock. */
  connectedAt = 0;
  /** @internal How many bytes all peers had sent when it sent its last ones. */
  lastByte = 0;
  /** @internal When it last sent something, in milliseconds of the clock; only known once it has had a job with a lease, else -1. */
  heardAt = -1;
  /** How many jobs it has done as a worker: it sent their results, or said that they failed. */
  jobsDone = 0;
  /** @internal The jobs it runs as a worker. */
  firstJob: Job | null = null;
  /** @internal How many those are. */
  jobs = 0;

  /** @internal What it can do, in the order it said so. */
  readonly abilities: Ability[] = [];
  /** @internal The same to be looked up; null for a worker with few, which are looked through. */
  manyAbilities: ManyAbilities | null = null;
  /** @internal Where the next grab begins to look, so that abilities take turns; -1 if none was served. */
  nextAbility = -1;

  /** Does it get no more jobs, as somebody has ordered? It is not woken then. */
  isQuiet = false;
  /** @internal Does it want to be told when a job that it runs is cancelled? */
  wantsCancelNotices = false;
  /** @internal Is what stands behind the last question mark of each name that it submits to no part of the name? */
  putsOptionsInNames = false;

  /** Has it said PRE_SLEEP, and nothing woken it since? */
  isSleeping = false;
  /** @internal The function it was sent a NOOP for and has not looked for a job since. */
  wokenFor: FunctionQueue | null = null;
  /** @internal In which round of that function it was. */
  wokenInRound = 0;
  /** @internal How often it was woken since it last asked for a job. */
  wakeUps = 0;
  /** @internal Has it finished a job since it last slept? */
  hasWorked = false;
  /** @internal Abilities that are in no list of sleepers, though the worker has slept. */
  unlisted: Ability[] = [];

  /** @internal Made by its connection. */
  constructor(id: number, link: Link) {
    super();
    this.id = id;
    this.link = link;
  }

  /** @internal Its ability to do a function. */
  abilityOf(func: FunctionQueue): Ability | undefined {
    if (this.manyAbilities !== null) return this.manyAbilities.get(func);
    for (let index = 0; index < this.abilities.length; index++) {
      if (this.abilities[index].func === func) return this.abilities[index];
    }
    return undefined;
  }

  /** @internal Has it sent something that was not looked at? */
  abstract readonly isHolding: boolean;

  /** @internal What it sent and had to wait may be looked at now. */
  abstract mayResume(): void;

  /**
   * @internal Nothing more that it sends is looked at until the returned function is called.
   */
  abstract pause(): () => void;

  /** @internal There is a job for it, which it may fetch: sends NOOP. */
  abstract wake(): void;

  /** The address of the other end. */
  get peer(): PeerAddress {
    return this.link.peer;
  }

  /** Its client id as a string, `"-"` without one. */
  get clientIdText(): string {
    return decodeName(this.clientId);
  }

  /** Names of the functions it can do, in the order it said so. */
  get abilityNames(): string[] {
    return this.abilities.map((ability) => decodeName(ability.func.name));
  }
}

/** A client or worker, as listings and logs name it. */
export interface PeerFacts {
  /** Number of its connection. */
  readonly id: number;
  /** Null if it disconnected long ago. */
  readonly address: PeerAddress | null;
  /** The bytes of its client id; they are empty if it has disconnected. */
  readonly clientId: Uint8Array;
}

/** How listings and logs name a peer. */
export function factsOfPeer({ id, peer, clientId }: Peer): PeerFacts {
  return { id, address: peer, clientId };
}

/** A peer as listings of jobs and connections both write it: `7@127.0.0.1:52604`, `8@unix`. */
export function peerName({ id, address }: PeerFacts): string {
  return `${id}@${address === null ? "-" : peerAddress(address)}`;
}

/** A peer as texts for people name it: `resizer (7@127.0.0.1:52604)`, or without a client id `8@unix`. */
export function nameOfPeer(peer: Peer): string {
  const name = peerName(factsOfPeer(peer));
  return peer.clientIdText === "-" ? name : `${peer.clientIdText} (${name})`;
}

/** Its address, with the port if it has one. */
export function peerAddress({ hostname, port }: PeerAddress): string {
  return port === 0 ? hostname : hostAndPort(hostname, port);
}
