import type { Report } from "../check.ts";
import { type Facts, type JobLife, SLACK } from "../facts.ts";
import type { Run, Submit } from "../history.ts";

/** How long a server may need for that when all comes together, in milliseconds. */
const TIME_TO_TAKE_BACK = 30_000;

/** What becomes of submits, and what others learn of their jobs. */
export function checkSubmits(facts: Facts, report: Report): void {
  const byPayload = new Map<string, JobLife[]>();
  for (const life of facts.lives.values()) {
    const { payload } = life.row;
    byPayload.set(payload, [...byPayload.get(payload) ?? [], life]);
  }
  for (const [payload, lives] of byPayload) {
    if (lives.length < 2) continue;
    const numbers = lives.map(({ number }) => number).join(", ");
    report("no submit twice", `${payload} was written ${lives.length} times: ${numbers}`);
  }
  for (const submit of facts.history.submits) checkAnswer(facts, submit, byPayload, report);
  for (const run of facts.history.runs) checkBytes(facts, run, report);
  checkSql(facts, byPayload, report);
  checkQuestions(facts, report);
}

function checkAnswer(
  facts: Facts,
  submit: Submit,
  byPayload: Map<string, JobLife[]>,
  report: Report,
): void {
  const { answer, payload, server, unique, functionName } = submit;
  if (answer === null || "broken" in answer) return;
  if ("refused" in answer) {
    const [own] = byPayload.get(payload) ?? [];
    const ran = own !== undefined && !endedBeforeTakingBack(facts, submit) &&
      facts.runsOf(own.number).some((run) => run.server === server && run.at > answer.at + SLACK);
    if (ran) report("no submit twice", `${payload} was refused by ${server}, and started there`);
    return;
  }
  const life = facts.lifeOf(answer.handle);
  if (life === undefined || life.row.payload === payload) return;
  const other = facts.submitOf(life.row.payload);
  if (unique === "" || other?.unique !== unique || life.row.functionName !== functionName) {
    report("joined while it lived", `${payload} was answered with ${answer.handle}, no like of it`);
  }
  const isOver = life.removed !== null && life.removed < submit.at - SLACK;
  if (isOver || life.added > answer.at + SLACK) {
    report(
      "joined while it lived",
      `${payload} was answered with ${answer.handle}, not alive then`,
    );
  }
}

/** What was written though it was refused is taken out again, unless the server ends before it can do so. */
function endedBeforeTakingBack({ history }: Facts, { answer, server }: Submit): boolean {
  return [...history.faults, ...history.gracefulStops].some((fault) => {
    const isEnd = !("what" in fault) || fault.what === "is killed";
    return isEnd && fault.server === server && fault.at > answer!.at &&
      fault.at < answer!.at + TIME_TO_TAKE_BACK;
  });
}

function checkBytes(facts: Facts, run: Run, report: Report): void {
  const submit = facts.submitOf(run.payload);
  const life = facts.lifeOf(run.handle);
  const isAsSubmitted = submit !== undefined && submit.functionName === run.functionName &&
    submit.unique === run.unique && (life === undefined || life.row.payload === run.payload);
  if (!isAsSubmitted) {
    report("bytes as submitted", `${run.handle} was started as ${run.functionName} ${run.payload}`);
  }
  if (submit !== undefined && "due" in submit && run.at < submit.due - SLACK) {
    report("not before its time", `${run.handle} was started ${submit.due - run.at} ms too early`);
  }
}

function checkSql(facts: Facts, byPayload: Map<string, JobLife[]>, report: Report): void {
  for (const { payload, outcome } of facts.history.sqlSubmits) {
    const isThere = byPayload.has(payload) ||
      facts.history.runs.some((run) => run.payload === payload);
    if (outcome === "unknown" || isThere === (outcome === "committed")) continue;
    const what = isThere ? "there is a job" : "there is no job";
    report("SQL submits as their transaction", `${payload} was ${outcome}, and ${what}`);
  }
}

function checkQuestions(facts: Facts, report: Report): void {
  for (const { handle, server, asked, answered, isKnown } of facts.history.questions) {
    const life = facts.lifeOf(handle);
    if (life === undefined || isKnown) continue;
    const lived = life.added < asked - SLACK && (life.removed ?? Infinity) > answered + SLACK;
    if (lived) report("handles are known", `${server} did not know ${handle}, which lived`);
  }
}
