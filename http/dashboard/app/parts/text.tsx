/** @jsxImportSource preact */
import type { JSX } from "preact";
import { now } from "../live.ts";
import { encodedName, partsOf, visible } from "../text.ts";
import { clockTime, fullTime, NOTHING, relative } from "../units.ts";
import { hrefOf, type PageName } from "../route.ts";
import type { ToldPeer } from "../../../api/told.ts";

/** A name or text of others. */
export function Name({ of, lines = false }: { of: string; lines?: boolean }): JSX.Element {
  return (
    <bdi class="name">
      {partsOf(of, lines).map(({ text, isEscape }, index) =>
        isEscape ? <span class="escape" key={index}>{text}</span> : text
      )}
    </bdi>
  );
}

/** A moment, as the time since then; the moment itself on hover. */
export function Time({ at }: { at: string | null | undefined }): JSX.Element {
  if (at == null) return <span class="faint">{NOTHING}</span>;
  const moment = Date.parse(at);
  return <time dateTime={at} title={fullTime(moment)}>{relative(moment, now.value)}</time>;
}

/** A moment, as the time of the day; the whole of it on hover. */
export function Clock({ at }: { at: string }): JSX.Element {
  const moment = Date.parse(at);
  return <time dateTime={at} title={fullTime(moment)}>{clockTime(moment, now.value)}</time>;
}

/** The link to a function. */
export function FunctionLink({ name, base64 }: { name: string; base64?: string }): JSX.Element {
  return (
    <a href={hrefOf("functions", encodedName(name, base64))}>
      <Name of={name} />
    </a>
  );
}

/** The link to a job. */
export function JobLink({ handle }: { handle: string }): JSX.Element {
  return <a class="handle" href={hrefOf("jobs", encodeURIComponent(handle))}>{visible(handle)}</a>;
}

/** How a peer is called: its client id, and where it is. */
export function PeerLink({ peer }: { peer: ToldPeer | null | undefined }): JSX.Element {
  if (peer == null) return <span class="faint">{NOTHING}</span>;
  // Some servers tell the address, and not which connection it is.
  if (peer.id === undefined) return <>{peer.address === null ? NOTHING : visible(peer.address)}</>;
  return (
    <a href={hrefOf("connections", null, { id: String(peer.id) })}>
      {peer.clientId !== "" && peer.clientId !== "-" ? <Name of={peer.clientId} /> : `#${peer.id}`}
      {peer.address !== null && <span class="faint">{` ${visible(peer.address)}`}</span>}
    </a>
  );
}

/** A link that looks like one of several ways to look at a thing. */
export function Choice(
  { page, path, query, isChosen, children }: {
    page: PageName;
    path?: string | null;
    query: Readonly<Record<string, string | undefined>>;
    isChosen: boolean;
    children: string;
  },
): JSX.Element {
  return (
    <a class="choice" href={hrefOf(page, path, query)} aria-current={isChosen ? "true" : undefined}>
      {children}
    </a>
  );
}
