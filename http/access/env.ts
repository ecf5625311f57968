import type { Context } from "hono";
import type { Place } from "./hosts.ts";

/** What a client may do. */
export interface Rights {
  /** May it only look? */
  readonly readOnly: boolean;
  /** May it see payloads? */
  readonly payloads: boolean;
}

/** What a request comes with: `c.env` from the listener, `c.var` from the checks at the door. */
export interface HttpEnv {
  readonly Bindings: {
    /** Address of the client, or `"unix"`. */
    readonly remote: string;
    /** Where the listener is that it came to. */
    readonly place: Place;
    /** Resolves when the response has been sent to its end, or cannot be sent any more. */
    readonly ended: Promise<void>;
  };
  readonly Variables: {
    /** What it may do. */
    rights: Rights;
    /**
     * Asks again, for an answer that lasts: null if it may not be here any more, as its token holds no more
     * or its login is over.
     */
    rightsNow: () => Promise<Rights | null>;
  };
}

/** A request that is being answered. */
export type HttpContext = Context<HttpEnv>;
