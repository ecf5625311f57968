import { readFileSync } from "node:fs";
import type { HttpPlace, HttpToken, Listener, Server } from "../../mod.ts";
import { OptionError } from "../../options/kinds.ts";
import { isSecret } from "../../server/http_options.ts";
import { addressesToListenOn, type Open, openForUser, socketRights } from "./listening.ts";
import { errorText } from "./open_file.ts";
import type { ServeSettings } from "./options.ts";
import { asUser, type User } from "./user.ts";

/** What a line of a file of tokens may say of its token. */
const RIGHTS: Readonly<Record<string, Partial<HttpToken>>> = {
  "read-only": { readOnly: true },
  payloads: { payloads: true },
};

/**
 * The tokens in a file: one a line, perhaps followed by `read-only` or `payloads`. Empty lines and those
 * that begin with `#` are for people.
 *
 * @param user whose file it is, if this process becomes his.
 * @throws {OptionError} when it cannot be read, has no token, or one that is easy to guess; it does not
 * quote any.
 */
export function readTokens(path: string, user?: User): HttpToken[] {
  const wrong = (why: string) => new OptionError(`--http-token-file: ${path}: ${why}`);
  const tokens: HttpToken[] = [];
  for (const [index, line] of textOf(path, user).split("\n").entries()) {
    const [token, ...words] = line.trim().split(/\s+/);
    if (token === "" || token.startsWith("#")) continue;
    const at = `line ${index + 1}`;
    if (!isSecret(token)) {
      throw wrong(`${at}: a token has 16 characters or more, all of them printable ASCII`);
    }
    const unknown = words.find((word) => !Object.hasOwn(RIGHTS, word));
    if (unknown !== undefined) {
      throw wrong(`${at}: after the token there may be read-only or payloads, nothing else`);
    }
    tokens.push(Object.assign({ token }, ...words.map((word) => RIGHTS[word])));
  }
  if (tokens.length === 0) throw wrong("there is no token in it");
  return tokens;
}

function textOf(path: string, user: User | undefined): string {
  try {
    return asUser(user, () => readFileSync(path, "utf8"));
  } catch (error) {
    throw new OptionError(`--http-token-file: cannot read ${path}: ${errorText(error)}`);
  }
}

/** The tokens that the settings name; undefined without a file. */
export function tokensOf({ httpTokenFile }: ServeSettings, user?: User): HttpToken[] | undefined {
  return httpTokenFile === undefined ? undefined : readTokens(httpTokenFile, user);
}

/**
 * Serves HTTP wherever the settings ask for it; rights and users are as with `--listen`.
 *
 * @throws {ListenError} when it cannot listen at one of the places.
 */
export async function serveHttp(
  server: Server,
  settings: ServeSettings,
  user?: User,
): Promise<Listener[]> {
  // What answers is loaded by now: a unix socket is bound at once then, with the rights of its user.
  await server.http;
  const rights = socketRights(settings);
  const open: Open<HttpPlace> = (place) => server.serveHttp(place);
  const listeners: Listener[] = [];
  for (const address of settings.http ?? []) {
    if ("path" in address) {
      const place = { ...address, ...rights };
      listeners.push(await openForUser(() => open(place), place, rights, user));
    } else listeners.push(...await httpOnHost(open, address));
  }
  return listeners;
}

/** Serves HTTP on all addresses of a host that this machine has; on all of its addresses without one. */
export async function httpOnHost(
  open: Open<HttpPlace>,
  { host, port }: { readonly host?: string; readonly port: number },
): Promise<Listener[]> {
  if (host === undefined) return [await open({ hostname: "*", port })];
  return await addressesToListenOn(host, port, (hostname, port) => open({ hostname, port }));
}
