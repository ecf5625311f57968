/** @jsxImportSource preact */
import type { JSX } from "preact";
import { look, route } from "../route.ts";

interface PagerProps {
  /** The cursor of the next part; null at the end. */
  readonly next: string | null;
  readonly first?: string;
  readonly further?: string;
}

/** The way through a list that the server gives in parts. */
export function Pager(
  { next, first = "First page", further = "Next page" }: PagerProps,
): JSX.Element {
  return (
    <div class="buttons">
      {route.value.query.cursor && (
        <button
          type="button"
          onClick={() => look({ cursor: undefined })}
        >
          {first}
        </button>
      )}
      {next !== null && (
        <button
          type="button"
          onClick={() => look({ cursor: encodeURIComponent(next) })}
        >
          {further}
        </button>
      )}
    </div>
  );
}
