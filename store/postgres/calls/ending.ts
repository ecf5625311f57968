import type { Life } from "../members/life.ts";
import { arrayText, numbersIn } from "../values.ts";
import type { Call } from "./lane.ts";

/**
 * The call that ends jobs. It answers those that were not the life's.
 *
 * @param withProgress those of which it is written how far they are.
 */
export function endCall(
  life: Life,
  numbers: readonly number[],
  withProgress: readonly number[],
): Call<readonly number[]> {
  const parameters = [arrayText(numbers), arrayText(withProgress)];
  return {
    life,
    repeats: true,
    statement: ({ id }, number) => [
      "select @s.end_jobs($1, $2, $3::bigint[], $4::bigint[])",
      [id, number, ...parameters],
    ],
    read: ([[others]]) => numbersIn(others),
    afterDeath: () => numbers,
  };
}
