/** @jsxImportSource preact */
import { type Signal, signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { hasDialog } from "../live.ts";

/** What is to be confirmed. */
export interface Question {
  readonly title: string;
  /** What would happen, with its numbers. */
  readonly body: ComponentChildren;
  /** What the button says: what it does, and to how many. */
  readonly action: string;
  /** Does it destroy something? */
  readonly isHarmful?: boolean;
  /** Does it; what it gives is said to the person. */
  run(): Promise<string>;
}

const question: Signal<Question | null> = signal(null);

/** What has been done, or why it has not. */
export const notice: Signal<{ text: string; isError: boolean } | null> = signal(null);

/** Asks the person, and does it if that is what they want. */
export function confirm(next: Question): void {
  notice.value = null;
  hasDialog.value = true;
  question.value = next;
}

/** Says to the person what could not be done. */
export function tellError(error: unknown): void {
  notice.value = { text: error instanceof Error ? error.message : String(error), isError: true };
}

/** The dialog, where there is a question. */
export function ConfirmDialog(): JSX.Element | null {
  const asked = question.value;
  return asked === null ? null : <OpenDialog asked={asked} />;
}

function OpenDialog({ asked }: { asked: Question }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => dialog.current!.showModal(), []);
  const close = () => {
    question.value = null;
    hasDialog.value = false;
  };
  const run = async () => {
    setBusy(true);
    try {
      notice.value = { text: await asked.run(), isError: false };
    } catch (error) {
      tellError(error);
    }
    close();
  };
  return (
    <dialog ref={dialog} aria-labelledby="question" onClose={close}>
      <h2 id="question">{asked.title}</h2>
      <div class="question">{asked.body}</div>
      <div class="buttons">
        <button type="button" onClick={close}>Leave it</button>
        <button
          type="button"
          class={asked.isHarmful ? "harmful" : "primary"}
          disabled={isBusy}
          onClick={run}
        >
          {asked.action}
        </button>
      </div>
    </dialog>
  );
}

/** What has been done. */
export function Notice(): JSX.Element {
  const said = notice.value;
  return (
    <div role="status">
      {said !== null && (
        <p class={said.isError ? "notice bad" : "notice good"}>
          {said.text}
          <button type="button" class="plain" onClick={() => notice.value = null}>Close</button>
        </p>
      )}
    </div>
  );
}
