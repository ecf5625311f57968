/** @jsxImportSource preact */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "../api.ts";
import { bestForm, PAYLOAD_FORMS, type PayloadForm, payloadText, SHOWN_BYTES } from "../payload.ts";
import { route } from "../route.ts";
import { bytes } from "../units.ts";
import { Section } from "./small.tsx";
import { Choice, Name } from "./text.tsx";

const TITLES: Readonly<Record<PayloadForm, string>> = {
  text: "Text",
  json: "JSON",
  php: "PHP",
  hex: "Hex",
};

/** The payload of a job, by the form that the URL names or else by the one that fits. */
export function Payload({ handle, size }: { handle: string; size: number | null }): JSX.Element {
  const [found, setFound] = useState<Uint8Array | string | null>(null);
  useEffect(() => {
    setFound(null);
    let isWanted = true;
    ask(`/jobs/${handle}/payload?limit=${SHOWN_BYTES}`)
      .then(async (response) => new Uint8Array(await response.arrayBuffer()))
      .catch((error) => error instanceof ApiError ? error.message : "It cannot be read.")
      .then((next) => isWanted && setFound(next));
    return () => isWanted = false;
  }, [handle]);
  const { query } = route.value;
  const chosen = PAYLOAD_FORMS.find((form) => form === query.payload);
  const form = found instanceof Uint8Array ? chosen ?? bestForm(found) : chosen;
  return (
    <Section
      title="Payload"
      aside={
        <>
          <nav class="choices" aria-label="Forms of the payload">
            {PAYLOAD_FORMS.map((each) => (
              <Choice
                page="jobs"
                path={handle}
                query={{ ...query, payload: each }}
                isChosen={each === form}
                key={each}
              >
                {TITLES[each]}
              </Choice>
            ))}
          </nav>
          <a href={`api/v1/jobs/${handle}/payload`} download>Download</a>
        </>
      }
    >
      {found === null
        ? <p class="nothing">Loading …</p>
        : typeof found === "string"
        ? <p class="notice bad">{found}</p>
        : <Shown content={found} form={form!} size={size} />}
    </Section>
  );
}

function Shown(
  { content, form, size }: { content: Uint8Array; form: PayloadForm; size: number | null },
): JSX.Element {
  if (content.length === 0) return <p class="nothing">It is empty.</p>;
  const text = payloadText(content, form);
  const isCut = content.length === SHOWN_BYTES && size !== SHOWN_BYTES;
  return (
    <>
      {isCut && (
        <p class="faint">The first {bytes(SHOWN_BYTES)} of {size === null ? "it" : bytes(size)}.</p>
      )}
      {text === null
        ? (
          <p class="nothing">
            It is not {form === "json" ? "JSON" : "what PHP serializes"}
            {isCut ? ", or goes on beyond this part" : ""}.
          </p>
        )
        : (
          <pre
            tabIndex={0}
            aria-label={`Payload as ${TITLES[form]}`}
            role="region"
          ><Name of={text} lines /></pre>
        )}
    </>
  );
}
