import { OptionError } from "../../options/kinds.ts";
import type { AnyOption } from "./option.ts";

export { OptionError };

/** There is no such option. */
export class UnknownOption extends OptionError {
  override readonly name = "UnknownOption";
  /** As it was given, with its dashes. */
  readonly arg: string;
  /** The options that there are. */
  readonly table: readonly AnyOption[];

  constructor(arg: string, table: readonly AnyOption[]) {
    super(`unknown option ${arg}`);
    this.arg = arg;
    this.table = table;
  }
}
