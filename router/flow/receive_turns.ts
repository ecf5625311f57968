import type { ReceiveBudget } from "../../protocol/receive_budget.ts";
import { Timer } from "../model/timer.ts";
import type { Timers } from "./timers.ts";

/** Time between two looks at the packet that has its turn, in milliseconds. */
const BETWEEN_LOOKS = 10_000;

/** Sees to it that nobody keeps the turn to receive a packet who does not send it. */
export function watchTurns(budget: ReceiveBudget, timers: Timers): void {
  const timer = new Timer(() => {
    if (budget.look()) timers.setDelay(timer, BETWEEN_LOOKS);
  });
  budget.onTurn = () => {
    if (!timer.isSet) timers.setDelay(timer, BETWEEN_LOOKS);
  };
}
