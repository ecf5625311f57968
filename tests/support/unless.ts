/**
 * Name and options of a test, or of a group of tests, that is skipped for a reason which its name
 * then tells: Deno shows no other.
 *
 * @param reason why it is skipped; false if it is not.
 */
export function unless(reason: string | false, name: string): [string, { skip: boolean }] {
  return [reason === false ? name : `${name} (${reason})`, { skip: reason !== false }];
}
