/** @jsxImportSource preact */
import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { logIn, needsLogin } from "../api.ts";

/** Has the person logged in on this page? */
export const hasLoggedIn: Signal<boolean> = signal(false);

/** Asks for the token. */
export function LoginPage(): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => field.current!.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await logIn(field.current!.value);
      hasLoggedIn.value = true;
      needsLogin.value = false;
    } catch (failure) {
      setError((failure as Error).message);
    }
  };
  return (
    <form class="card login" onSubmit={submit}>
      <h1>Log in</h1>
      <p>This server wants a token: a line of its token file.</p>
      <label>
        Token
        <input ref={field} type="password" name="token" required autocomplete="current-password" />
      </label>
      {error !== null && <p class="notice bad" role="alert">{error}</p>}
      <button type="submit" class="primary">Log in</button>
    </form>
  );
}
