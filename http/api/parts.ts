import type { LoopDelay } from "../metrics/loop_delay.ts";
import type { HttpParts } from "../parts.ts";
import type { Portions } from "../portions.ts";

/** What the API is made of. */
export interface ApiParts {
  readonly parts: HttpParts;
  readonly portions: Portions;
  readonly loopDelay: LoopDelay;
}
