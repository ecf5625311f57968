/** What clients may take of a listener. */
export interface HttpLimits {
  /** Connections at most: for one more, the one that has been idle longest is closed; if none is idle, it is answered 503. */
  readonly connections: number;
  /** Bytes of the request line and the headers; more are answered 431. */
  readonly headerBytes: number;
  /** Seconds that those may take to arrive, and that a new connection may be silent. */
  readonly headerSeconds: number;
  /** Seconds that a request with its body may take to arrive. */
  readonly requestSeconds: number;
  /** Seconds that a connection may be idle between two requests. */
  readonly idleSeconds: number;
  /** Seconds that a client may take to read any of a response that waits for it. */
  readonly readSeconds: number;
}

/** How many connections a listener has at most unless it is told otherwise. */
export const HTTP_CONNECTIONS = 256;

/** What a listener has unless it is told otherwise. */
export const HTTP_LIMITS: HttpLimits = {
  connections: HTTP_CONNECTIONS,
  headerBytes: 16 * 1024,
  headerSeconds: 10,
  requestSeconds: 300,
  idleSeconds: 60,
  readSeconds: 30,
};
