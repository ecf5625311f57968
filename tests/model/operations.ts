import fc from "fast-check";
import { questions, submits } from "./client_operations.ts";
import type { Operation } from "./operation.ts";
import { clock, commands, connections, deadOrders, orders } from "./server_operations.ts";
import { abilities, grabs, lessAbilities, preSleep, works } from "./worker_operations.ts";

const anything = fc.oneof(
  { weight: 12, arbitrary: submits },
  { weight: 12, arbitrary: grabs },
  { weight: 8, arbitrary: preSleep },
  { weight: 4, arbitrary: abilities },
  { weight: 2, arbitrary: lessAbilities },
  { weight: 14, arbitrary: works },
  { weight: 3, arbitrary: connections },
  { weight: 2, arbitrary: questions },
  { weight: 3, arbitrary: commands },
  { weight: 3, arbitrary: orders },
  { weight: 5, arbitrary: deadOrders },
  { weight: 5, arbitrary: clock },
);

/** Sequences of random things to do; at first some workers say what they can do. */
export const operations: fc.Arbitrary<Operation[]> = fc.tuple(
  fc.array(abilities, { minLength: 1, maxLength: 5, size: "max" }),
  fc.array(anything, { minLength: 4, maxLength: 45, size: "max" }),
).map(([first, then]) => [...first, ...then]);
