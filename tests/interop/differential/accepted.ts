/**
 * The scripts in which our server answers otherwise than the C server, and why it should. A script
 * that is listed here must differ, and one that is not must not.
 */
export const ACCEPTED: Readonly<Record<string, string>> = {};
