/** @jsxImportSource preact */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { look, parameter } from "../route.ts";

interface FieldProps {
  readonly name: string;
  readonly title: string;
  readonly hint?: string;
  readonly type?: "text" | "number";
}

/** What is typed is searched for when the person stops typing. */
export function Field({ name, title, hint, type = "text" }: FieldProps): JSX.Element {
  const inUrl = parameter(name);
  const [typed, setTyped] = useState(inUrl);
  useEffect(() => setTyped(inUrl), [inUrl]);
  useEffect(() => {
    if (typed === inUrl) return;
    const timer = setTimeout(
      () => look({ [name]: encodeURIComponent(typed), cursor: undefined }),
      300,
    );
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label title={hint}>
      {title}
      <input
        name={name}
        {...type === "number" ? { type, min: 0 } : { type }}
        value={typed}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      />
    </label>
  );
}
