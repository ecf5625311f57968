/**
 * Modules that only some programs need and that bring packages along. They are not named where a
 * runtime looks for what a program is made of, so that nobody downloads those packages without use; a
 * binary, which downloads nothing, gets them when it is built.
 *
 * @module
 */

/** Those modules, as paths from here without the end of the name. */
export const ON_DEMAND = [
  "http/app",
  "cli/dash/dash_app",
  "policies/schedules/mod",
  "store/postgres/mod",
  "store/postgres/tools",
] as const;

/** Where a binary has them; empty elsewhere. */
export const BUNDLED: Map<(typeof ON_DEMAND)[number], () => Promise<unknown>> = new Map();

/** Loads one of them. Deno asks for the permission to read it, or to import it from where this was. */
export async function loadOnDemand<Module>(path: (typeof ON_DEMAND)[number]): Promise<Module> {
  const bundled = BUNDLED.get(path);
  if (bundled !== undefined) return await bundled() as Module;
  // The sources end in `.ts`, what the npm package is made of in `.js`.
  const end = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  const { href } = new URL(`./${path}${end}`, import.meta.url);
  return await import(href) as Module;
}
