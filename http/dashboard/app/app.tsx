/** @jsxImportSource preact */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { needsLogin } from "./api.ts";
import { isPaused, link, pauseReason, snapshot, watched } from "./live.ts";
import { ConnectionsPage, WorkersPage } from "./pages/connections.tsx";
import { DeadPage } from "./pages/dead.tsx";
import { FunctionPage } from "./pages/function.tsx";
import { FunctionsPage } from "./pages/functions.tsx";
import { JobPage } from "./pages/job.tsx";
import { JobsPage } from "./pages/jobs.tsx";
import { LoginPage } from "./pages/login.tsx";
import { SchedulePage, SchedulesPage } from "./pages/schedules.tsx";
import { ServerPage } from "./pages/server.tsx";
import { ConfirmDialog, Notice } from "./parts/confirm.tsx";
import { Troubles } from "./parts/troubles.tsx";
import { hrefOf, type PageName, PAGES, type Route, route } from "./route.ts";
import { decodedName, visible } from "./text.ts";
import { theme, THEMES } from "./theme.ts";

/** The whole page. */
export function App(): JSX.Element {
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>To the content</a>
      <Header />
      <main id="main" tabIndex={-1}>
        {needsLogin.value ? <LoginPage /> : (
          <>
            <Troubles />
            <Notice />
            <Content {...route.value} />
          </>
        )}
      </main>
      <ConfirmDialog />
    </>
  );
}

/** The part behind `#` is taken: it says which page is shown. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")!.focus();
}

function Content({ page, key }: Route): JSX.Element {
  const what = key === null ? null : visible(decodedName(key));
  const server = watched.value?.address ?? "geartrain";
  useEffect(() => {
    document.title = `${what ?? titleOf(page)} · ${server}`;
  }, [page, key, server]);
  useEffect(() => scrollTo(0, 0), [page, key]);
  if (page === "functions") {
    return key === null ? <FunctionsPage /> : <FunctionPage name={key} key={key} />;
  }
  if (page === "jobs") return key === null ? <JobsPage /> : <JobPage handle={key} key={key} />;
  if (page === "dead") return <DeadPage />;
  if (page === "schedules") {
    return key === null ? <SchedulesPage /> : <SchedulePage name={key} key={key} />;
  }
  if (page === "workers") return <WorkersPage />;
  return page === "connections" ? <ConnectionsPage /> : <ServerPage />;
}

/** Of servers that are watched geartrain alone has schedules and dead jobs. */
function isTold(page: PageName): boolean {
  return page !== "schedules" && page !== "dead" || watched.value?.isGeartrain !== false;
}

function titleOf(page: PageName): string {
  return page[0].toUpperCase() + page.slice(1);
}

function Header(): JSX.Element {
  return (
    <header>
      <a class="brand" href={hrefOf("functions")}>
        <Gear />
        geartrain
      </a>
      {watched.value !== null && (
        <span class="watched">
          <span class="unseen">watches</span>
          {visible(watched.value.address)}
        </span>
      )}
      {!needsLogin.value && (
        <nav aria-label="Pages">
          {PAGES.filter(isTold).map((page) => (
            <a
              href={hrefOf(page)}
              aria-current={route.value.page === page ? "page" : undefined}
              key={page}
            >
              {titleOf(page)}
            </a>
          ))}
        </nav>
      )}
      <div class="controls">
        {!needsLogin.value && <LiveButton />}
        <label>
          <span class="unseen">Colours</span>
          <select
            value={theme.value}
            onChange={({ currentTarget }) =>
              theme.value = THEMES.find((name) => name === currentTarget.value)!}
          >
            {THEMES.map((name) => (
              <option value={name} key={name}>
                {name === "auto" ? "Auto" : titleOf(name as PageName)}
              </option>
            ))}
          </select>
        </label>
      </div>
    </header>
  );
}

function LiveButton(): JSX.Element {
  const reason = pauseReason.value;
  const state = reason !== null ? "paused" : link.value;
  const words = {
    paused: reason ?? "",
    open: "Live",
    opening: snapshot.value === null ? "Connecting" : "Live",
    lost: "No answer",
  };
  return (
    <button
      type="button"
      class={`live live-${state}`}
      aria-pressed={isPaused.value}
      title={isPaused.value ? "Let the numbers move again" : "Hold all numbers still"}
      onClick={() => isPaused.value = !isPaused.value}
    >
      <i aria-hidden="true" />
      {words[state]}
      <span class="unseen">: hold all numbers still</span>
    </button>
  );
}

/** Eight teeth around a hole. */
function Gear(): JSX.Element {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      {[0, 45, 90, 135].map((angle) => (
        <rect
          x="10.2"
          y="1"
          width="3.6"
          height="22"
          rx="1"
          transform={`rotate(${angle} 12 12)`}
          key={angle}
        />
      ))}
      <circle cx="12" cy="12" r="7.6" />
      <circle class="hole" cx="12" cy="12" r="3.2" />
    </svg>
  );
}
