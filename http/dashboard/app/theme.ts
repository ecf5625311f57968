/**
 * Light or dark: as the system has it, or as the person has chosen.
 *
 * @module
 */
import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";

/** Themes that a person can choose. */
export const THEMES = ["auto", "light", "dark"] as const;

/** One of {@linkcode THEMES}. */
export type Theme = typeof THEMES[number];

const KEY = "geartrain-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = signal(system.matches);
system.addEventListener("change", () => isSystemDark.value = system.matches);

/** What the person has chosen. */
export const theme: Signal<Theme> = signal(stored());

/** What is in force. */
export const shade: ReadonlySignal<"light" | "dark"> = computed(() => {
  if (theme.value !== "auto") return theme.value;
  return isSystemDark.value ? "dark" : "light";
});

/** Lets the page follow the choice, and keeps it. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset.shade = shade.value;
    try {
      localStorage.setItem(KEY, theme.value);
    } catch {
      // A browser that keeps nothing asks again next time.
    }
  });
}

function stored(): Theme {
  try {
    const found = localStorage.getItem(KEY);
    return THEMES.find((name) => name === found) ?? "auto";
  } catch {
    return "auto";
  }
}
