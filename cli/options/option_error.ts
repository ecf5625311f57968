/**
 * Something in the options that cannot be: the program says it in one line and ends with status 1.
 */
export class OptionError extends Error {
  override readonly name = "OptionError";
}
