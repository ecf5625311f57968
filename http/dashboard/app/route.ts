/**
 * Where somebody is, in the part of the URL behind `#`: `#/functions/NAME?view=full`. Values are kept
 * percent-encoded, as names may be no UTF-8.
 *
 * @module
 */
import { type Signal, signal } from "@preact/signals";
import { decodedName } from "./text.ts";

/** Names of the pages, as in their URLs. */
export const PAGES = [
  ...["functions", "jobs", "dead", "schedules", "workers", "connections", "server"] as const,
] as const;

/** One of {@linkcode PAGES}. */
export type PageName = typeof PAGES[number];

/** Parameters, percent-encoded. */
export type Query = Readonly<Record<string, string | undefined>>;

/** A place: a page, of one thing or of all, and how it is looked at. */
export interface Route {
  readonly page: PageName;
  /** Name of the function or schedule, or handle of the job, percent-encoded; null on the page of all. */
  readonly key: string | null;
  readonly query: Query;
}

/** The place that a URL names; that of all functions if it names none. */
export function routeOf(hash: string): Route {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [first = "", key] = path.split("/", 2);
  const query: Record<string, string> = Object.create(null);
  for (const pair of search.split("&")) {
    const at = pair.indexOf("=");
    if (at > 0) query[pair.slice(0, at)] = pair.slice(at + 1);
  }
  const page = PAGES.find((name) => name === first) ?? "functions";
  return { page, key: key ? key : null, query };
}

/** The URL of a place. */
export function hrefOf(page: PageName, key?: string | null, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const path = key ? `#/${page}/${key}` : `#/${page}`;
  return pairs.length === 0 ? path : `${path}?${pairs.map((pair) => pair.join("=")).join("&")}`;
}

/** The page that is shown. */
export const route: Signal<Route> = signal(routeOf(globalThis.location?.hash ?? ""));

/** Follows the address bar. */
export function followHash(): void {
  addEventListener("hashchange", () => route.value = routeOf(location.hash));
}

/** Changes how the page is looked at; the way back leaves the page. */
export function look(changes: Query): void {
  const { page, key, query } = route.peek();
  const next = hrefOf(page, key, { ...query, ...changes });
  history.replaceState(null, "", next);
  route.value = routeOf(next);
}

/** A parameter as text; empty if it is not there. */
export function parameter(name: string): string {
  return decodedName(route.value.query[name] ?? "");
}
