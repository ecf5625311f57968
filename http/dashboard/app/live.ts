/**
 * The snapshots that the server sends once a second, while somebody looks and does not read.
 *
 * @module
 */
import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { GoneAnswer, ToldSnapshot, WatchedAnswer } from "../../api/told.ts";
import { ask, beat, needsLogin } from "./api.ts";
import { Past } from "./rates.ts";

const LONGEST_WAIT = 10;

/** The last snapshot; null before the first. */
export const snapshot: Signal<ToldSnapshot | null> = signal(null);

/** What the snapshots before it say with it. */
export const past: Past = new Past();

/** The moment that is shown, by the server's clock: that of the last snapshot. */
export const now: Signal<number> = signal(Date.now());

/** Is the server there? */
export const link: Signal<"opening" | "open" | "lost"> = signal("opening");

/** Why the server that is watched does not answer; null if that is not known, or it does. */
export const gone: Signal<string | null> = signal(null);

/** What is known of a server that another process watches; null of one that serves this page itself. */
export const watched: ReadonlySignal<WatchedAnswer | null> = computed(
  () => snapshot.value?.server.watched ?? null,
);

/** Has the person pressed pause? */
export const isPaused: Signal<boolean> = signal(false);

/** Is there a dialog? What it speaks of is not to change. */
export const hasDialog: Signal<boolean> = signal(false);

const hasSelection = signal(false);
const isHidden = signal(document.hidden);

/** Why nothing moves; null if it does. */
export const pauseReason: ReadonlySignal<string | null> = computed(() => {
  if (isPaused.value) return "Paused";
  if (isHidden.value) return "Paused while hidden";
  if (hasDialog.value) return "Paused while you decide";
  return hasSelection.value ? "Paused while text is selected" : null;
});

document.addEventListener("visibilitychange", () => isHidden.value = document.hidden);
document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  hasSelection.value = selection !== null && selection.toString() !== "";
});

let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let wait = 1;

/** Opens the stream of snapshots whenever it is wanted, and closes it when it is not. */
export function watch(): void {
  effect(() => {
    const isWanted = pauseReason.value === null && !needsLogin.value;
    if (isWanted) open();
    else close();
  });
}

function open(): void {
  close();
  source = new EventSource("api/v1/events");
  source.addEventListener("snapshot", ({ data }) => {
    const found = JSON.parse(data) as ToldSnapshot;
    wait = 1;
    past.add(found);
    now.value = Date.parse(found.at);
    snapshot.value = found;
    link.value = "open";
    gone.value = null;
    beat.value++;
  });
  source.addEventListener("gone", ({ data }) => {
    wait = 1;
    gone.value = (JSON.parse(data) as GoneAnswer).text;
    link.value = "lost";
  });
  source.addEventListener("error", () => {
    close();
    // An event source does not tell why: a question that is refused does.
    ask("/server").catch(() => undefined).then(() => {
      if (needsLogin.value) return;
      link.value = "lost";
      gone.value = null;
      retry = setTimeout(open, wait * 1000);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    });
  });
}

function close(): void {
  clearTimeout(retry);
  source?.close();
  source = null;
}
