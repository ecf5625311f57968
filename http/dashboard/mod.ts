/**
 * The dashboard: one page, its script, style and icon, which are built in. There is no data of a server
 * in them; the page asks the API for it.
 *
 * @module
 */
import { FILES } from "./bundle.ts";

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};
const YEAR = 31_536_000;

const ASSETS = new Map(
  FILES.map(({ path, hash, text }) => [path, {
    body: new TextEncoder().encode(text),
    headers: {
      "Content-Type": TYPES[path.split(".")[1]] ?? "text/html; charset=utf-8",
      // The name of a file changes with what is in it, so that a browser never mixes two versions; the
      // page, which names them, is asked for each time.
      "Cache-Control": path === "/" ? "no-cache" : `public, max-age=${YEAR}, immutable`,
      "ETag": `"${hash}"`,
    },
  }]),
);

/**
 * The answer to a request for the page or a file of it; null if the request is for something else.
 * Headers that are the same for all answers, such as the policy of what a page may load, are not in it.
 */
export function dashboard(request: Request): Response | null {
  if (request.method !== "GET" && request.method !== "HEAD") return null;
  const asset = ASSETS.get(new URL(request.url).pathname);
  if (asset === undefined) return null;
  const { body, headers } = asset;
  if (request.headers.get("If-None-Match")?.includes(headers.ETag)) {
    return new Response(null, { status: 304, headers });
  }
  const size = String(body.length);
  return new Response(request.method === "HEAD" ? null : body, {
    headers: { ...headers, "Content-Length": size },
  });
}
