/** @jsxImportSource preact */
import type { JSX } from "preact";
import { gone, link, now, past, snapshot } from "../live.ts";
import { fullTime } from "../units.ts";
import { type Trouble, troublesOf } from "../trouble.ts";
import { FunctionLink, Name } from "./text.tsx";

const SHOWN = 5;

/** What is wrong; nothing at all when nothing is. */
export function Troubles(): JSX.Element | null {
  const found = snapshot.value === null ? [] : troublesOf(snapshot.value, past);
  const isLost = link.value === "lost";
  return (
    <>
      {/* Numbers in it change each second: said is only what comes and goes. */}
      <p class="unseen" role="status">{spoken(found, isLost)}</p>
      {(isLost || found.length > 0) && (
        <section class="troubles" aria-label="What is wrong">
          {isLost && (
            <p class="trouble trouble-bad">
              {gone.value === null
                ? "The server does not answer. It is tried again."
                : <Name of={gone.value} />}
              {snapshot.value !== null &&
                ` What is shown is of ${fullTime(now.value).slice(11, 19)}.`}
            </p>
          )}
          {found.slice(0, SHOWN).map((trouble) => (
            <Sentence trouble={trouble} key={keyOf(trouble)} />
          ))}
          {found.length > SHOWN && (
            <details class="trouble">
              <summary>and {found.length - SHOWN} more</summary>
              {found.slice(SHOWN).map((trouble) => (
                <Sentence trouble={trouble} key={keyOf(trouble)} />
              ))}
            </details>
          )}
        </section>
      )}
    </>
  );
}

function Sentence({ trouble: { func, level, text } }: { trouble: Trouble }): JSX.Element {
  return (
    <p class={`trouble trouble-${level}`}>
      {func !== null && <FunctionLink name={func.name} base64={func.nameBase64} />}
      <Name of={func === null ? text : `: ${text}`} />
    </p>
  );
}

function keyOf({ code, func }: Trouble): string {
  return `${code} ${func?.name ?? ""}`;
}

function spoken(found: readonly Trouble[], isLost: boolean): string {
  const words = found.map(({ code, func }) =>
    func === null ? WORDS[code] : `${func.name}: ${WORDS[code]}`
  );
  return [...isLost ? ["The server does not answer"] : [], ...words.slice(0, SHOWN)].join(". ");
}

const WORDS: Readonly<Record<string, string>> = {
  "draining": "the server drains",
  "not-ready": "the server is not ready",
  "error": "an error was logged",
  "late": "the server is late with everything",
  "paused": "paused",
  "no-worker": "jobs wait and no worker can do them",
  "long-wait": "jobs wait for long",
  "full": "the queue is full",
  "failing": "most jobs fail",
};
