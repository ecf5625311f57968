/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { WhyAnswer } from "../../../api/types.ts";
import { useResource } from "../api.ts";
import { watched } from "../live.ts";
import { Name } from "./text.tsx";

const BEATS = 2;

/** Why jobs do not run, in sentences. Nothing where there is no reason to name. */
export function Why({ path }: { path: string }): JSX.Element | null {
  const isTold = watched.value?.isGeartrain !== false;
  const { data } = useResource<WhyAnswer>(isTold ? path : null, BEATS);
  if (data === null || data.reasons.length === 0) return null;
  return (
    <section class="card why" aria-label="Why it waits">
      <h2>Why it waits</h2>
      <ul>
        {data.reasons.map(({ code, text }) => (
          <li key={code}>
            <Name of={text} />
          </li>
        ))}
      </ul>
    </section>
  );
}
