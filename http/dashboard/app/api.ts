/**
 * Questions to the server, under `api/v1` beside the page.
 *
 * @module
 */
import { type Signal, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../../api/types.ts";

const BASE = "api/v1";

/** Does the server want a token? */
export const needsLogin: Signal<boolean> = signal(false);

/** Counts the snapshots that came in: what is shown is asked for again by it. */
export const beat: Signal<number> = signal(0);

/** What the server answered that is no answer, or that there was none (status 0). */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Asks, and gives the answer if it is one. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let response;
  try {
    response = await fetch(`${BASE}${path}`, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, "The server does not answer.");
  }
  if (response.status === 401) needsLogin.value = true;
  if (!response.ok) throw new ApiError(response.status, await problemText(response));
  return response;
}

/** Logs in; the browser keeps a cookie that scripts cannot read. */
export async function logIn(token: string): Promise<void> {
  const body = new URLSearchParams({ token });
  const { type, status } = await fetch("login", { method: "POST", body, redirect: "manual" });
  // Whoever is let in is led to the page, where we are.
  if (type === "opaqueredirect") return;
  throw new ApiError(
    status,
    status === 401 ? "This token is not known." : `The server answered ${status}.`,
  );
}

/** Logs out. */
export async function logOut(): Promise<void> {
  await fetch("logout", { method: "POST", redirect: "manual" });
}

async function problemText(response: Response): Promise<string> {
  const found = await response.json().catch(() => null) as Problem | null;
  if (found === null) return `The server answered ${response.status}.`;
  return found.detail ?? found.title;
}

/** Asks for JSON. */
export async function askJson<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  return await (await ask(path, init)).json();
}

/** Sends JSON; the answer may be empty. */
export async function send<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await ask(path, {
    method,
    ...body !== undefined &&
      { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } },
  });
  const text = await response.text();
  return (text === "" ? null : JSON.parse(text)) as Answer;
}

/** The path for a function, whose name is percent-encoded. Browsers take dots out of paths. */
export function functionPath(name: string, rest = ""): string {
  return /^(\.|%2e){1,2}$/i.test(name)
    ? `/function${rest}?name=${name}`
    : `/functions/${name}${rest}`;
}

/** A path with those of the parameters that are given; values are percent-encoded already. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return pairs.length === 0 ? path : `${path}?${pairs.map((pair) => pair.join("=")).join("&")}`;
}

/** What was asked for: the last answer, and why there is none, or none newer. */
export interface Resource<Answer> {
  readonly data: Answer | null;
  readonly error: ApiError | null;
  reload(): void;
}

/**
 * Asks for JSON when a component comes and when the path changes, and again after so many snapshots.
 * Nothing is asked while the page is paused, as there are no snapshots then.
 */
export function useResource<Answer>(path: string | null, everyBeats: number): Resource<Answer> {
  const [state, setState] = useState<
    { path: string | null; data: Answer | null; error: ApiError | null }
  >(
    { path, data: null, error: null },
  );
  const asked = useRef<{ beat: number; abort: AbortController | null }>({ beat: 0, abort: null });

  const load = () => {
    if (path === null || needsLogin.peek()) return;
    const abort = new AbortController();
    asked.current = { beat: beat.peek(), abort };
    const done = () => {
      if (asked.current.abort === abort) asked.current.abort = null;
      return !abort.signal.aborted;
    };
    askJson<Answer>(path, { signal: abort.signal }).then(
      (data) => done() && setState({ path, data, error: null }),
      (error) =>
        done() && setState((old) => ({ path, data: old.path === path ? old.data : null, error })),
    );
  };

  useEffect(() => {
    load();
    return () => asked.current.abort?.abort();
  }, [path, needsLogin.value]);
  useEffect(() => {
    const { beat: last, abort } = asked.current;
    if (abort === null && beat.value - last >= everyBeats) load();
  }, [beat.value]);

  const isCurrent = state.path === path;
  return {
    data: isCurrent ? state.data : null,
    error: isCurrent ? state.error : null,
    reload: load,
  };
}
