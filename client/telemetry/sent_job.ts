import type { Clock } from "../../router/mod.ts";
import type { ServerPlace } from "../server_address.ts";
import { type Attributes, type Span, tell } from "./api.ts";
import {
  BODY_SIZE,
  ERROR_TYPE,
  errorType,
  type Instruments,
  MESSAGE_ID,
  noteFailure,
  serverAttributes,
} from "./conventions.ts";

/** A job from its submit until nobody waits for it any more: one span, and what is measured of it. */
export class SentJob {
  readonly #span: Span;
  /** What measurements are by. */
  readonly #attributes: Attributes;
  readonly #instruments: Instruments | null;
  readonly #clock: Clock;
  readonly #began: number;
  #isAccepted = false;

  constructor(span: Span, attributes: Attributes, instruments: Instruments | null, clock: Clock) {
    this.#span = span;
    this.#attributes = attributes;
    this.#instruments = instruments;
    this.#clock = clock;
    this.#began = clock.now();
  }

  /** It goes to this server, with a payload of so many bytes. */
  sending(place: ServerPlace, bytes: number): void {
    const server = serverAttributes(place);
    Object.assign(this.#attributes, server);
    tell(() => this.#span.setAttributes({ ...server, [BODY_SIZE]: bytes }));
  }

  /** The server has given it a handle. */
  accepted(handle: string): void {
    this.#isAccepted = true;
    tell(() => {
      this.#span.setAttributes({ [MESSAGE_ID]: handle });
      this.#instruments?.sentMessages.add(1, this.#attributes);
    });
  }

  /** Nobody waits for it any more, since all went well or because of an error. */
  over(error: Error | null): void {
    const attributes = error === null
      ? this.#attributes
      : { ...this.#attributes, [ERROR_TYPE]: errorType(error) };
    const seconds = (this.#clock.now() - this.#began) / 1000;
    tell(() => {
      if (error !== null) noteFailure(this.#span, error);
      if (!this.#isAccepted) this.#instruments?.sentMessages.add(1, attributes);
      this.#instruments?.operationDuration.record(seconds, attributes);
      this.#span.end();
    });
  }
}
