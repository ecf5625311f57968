/**
 * The ways to look at a payload.
 *
 * @module
 */
import { phpText } from "./php.ts";

/** In which forms a payload can be shown. */
export const PAYLOAD_FORMS = ["text", "json", "php", "hex"] as const;

/** One of {@linkcode PAYLOAD_FORMS}. */
export type PayloadForm = typeof PAYLOAD_FORMS[number];

/** How many bytes of a payload are shown. */
export const SHOWN_BYTES = 65_536;

const ROW = 16;

/** A payload in a form; null if it is not in that form. */
export function payloadText(bytes: Uint8Array, form: PayloadForm): string | null {
  if (form === "hex") return hexText(bytes);
  if (form === "php") return bytes.length === 0 ? null : phpText(bytes);
  if (form === "json") return jsonText(bytes);
  return new TextDecoder().decode(bytes);
}

/** The form that tells most about it. */
export function bestForm(bytes: Uint8Array): PayloadForm {
  if (/^\s*[[{"]/.test(new TextDecoder().decode(bytes.subarray(0, 100)))) {
    if (jsonText(bytes) !== null) return "json";
  }
  if (bytes.length > 0 && phpText(bytes) !== null) return "php";
  return isText(bytes) ? "text" : "hex";
}

/** UTF-8, perhaps cut within a character, without control characters. */
function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    // deno-lint-ignore no-control-regex
    return !/[\x00-\x08\x0e-\x1f]/.test(text);
  } catch {
    return false;
  }
}

/** Numbers beyond what JavaScript holds would change when they are read and written again. */
function jsonText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value = JSON.parse(text);
    return /\d{16}|[eE]\d/.test(text) ? text : JSON.stringify(value, null, 2);
  } catch {
    return null;
  }
}

function hexText(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = [...bytes.subarray(at, at + ROW)];
    const digits = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const left = digits.slice(0, ROW / 2).join(" ");
    const right = digits.slice(ROW / 2).join(" ");
    const shown = row.map((byte) => byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".");
    const offset = at.toString(16).padStart(8, "0");
    lines.push(`${offset}  ${left.padEnd(23)}  ${right.padEnd(23)}  ${shown.join("")}`);
  }
  return lines.join("\n");
}
