import { handleFormOf, handleText } from "../../../protocol/handles.ts";
import {
  type Answer,
  emptyHistory,
  type EngineChange,
  type History,
  type JobRow,
  type Run,
  type Submit,
} from "./history.ts";

/** A made-up history. Each thing that happens takes five seconds, so that the order is beyond doubt. */
export class Story {
  readonly history: History = emptyHistory();
  readonly #rows = new Map<number, JobRow>();
  now = 1_800_000_000_000;
  #transactions = 0;

  /** Three servers, `a`, `b` and `c`, whose lives are owners 1, 2 and 3. */
  constructor() {
    for (const [index, server] of ["a", "b", "c"].entries()) this.born(index + 1, server);
  }

  born(owner: number, server: string): void {
    this.#engine({ what: "born", owner, server });
  }

  #tick(): number {
    return this.now += 5000;
  }

  #engine(event: EngineChange): void {
    const transaction = `${++this.#transactions}`;
    this.history.engine.push({ ...event, at: this.#tick(), transaction });
  }

  /** A job is submitted at `a`, written, and acknowledged. */
  submit(number: number, parts: Partial<Submit> = {}, row: Partial<JobRow> = {}): Submit {
    const submit: Submit = {
      payload: `payload ${number}`,
      client: "client",
      server: "a",
      functionName: "f",
      unique: "",
      priority: 1,
      due: 0,
      at: this.#tick(),
      answer: null,
      ...parts,
    };
    this.history.submits.push(submit);
    const { functionName, payload, priority } = submit;
    const isScheduled = submit.due > 0;
    this.add({ number, functionName, key: submit.unique, payload, priority, isScheduled, ...row });
    return this.answer(submit, { handle: handleOf(number) });
  }

  answer(submit: Submit, answer: { handle: string } | { refused: string }): Submit {
    submit.answer = { ...answer, at: this.#tick() } as Answer;
    return submit;
  }

  /** A row is written. */
  add(parts: Partial<JobRow> & { number: number }): void {
    const job: JobRow = {
      owner: null,
      functionName: "f",
      key: "",
      payload: `payload ${parts.number}`,
      priority: 1,
      place: parts.number,
      isScheduled: false,
      losses: 0,
      ...parts,
    };
    this.#rows.set(job.number, job);
    this.#engine({ what: "added", job });
  }

  row(number: number): JobRow {
    return this.#rows.get(number)!;
  }

  /** A row changes. */
  change(number: number, parts: Partial<JobRow>): void {
    const job = { ...this.row(number), ...parts };
    this.#rows.set(number, job);
    this.#engine({ what: "changed", job });
  }

  /** A server is declared dead, and what it has is taken away. */
  die(owner: number, losses = 1): void {
    this.#engine({ what: "died", owner });
    const { at, transaction } = this.history.engine.at(-1)!;
    for (const row of this.#rows.values()) {
      if (row.owner !== owner) continue;
      const job = { ...row, owner: null, losses: row.losses + losses };
      this.#rows.set(row.number, job);
      this.history.engine.push({ what: "changed", job, at, transaction });
    }
  }

  remove(number: number): void {
    this.#engine({ what: "removed", job: this.row(number) });
    this.#rows.delete(number);
  }

  /** A worker gets a job. */
  start(number: number, server: string, parts: Partial<Run> = {}): Run {
    const { functionName, payload, key } = this.row(number);
    const run: Run = {
      handle: handleOf(number),
      payload,
      functionName,
      unique: key,
      server,
      at: this.#tick(),
      end: null,
      ...parts,
    };
    this.history.runs.push(run);
    return run;
  }

  end(run: Run, how: "completed" | "failed" | "broken" = "completed"): void {
    run.end = { at: this.#tick(), how };
  }

  /** A job is claimed by the life of a server, and done there. */
  do(number: number, owner: number, server: string): void {
    this.change(number, { owner });
    this.end(this.start(number, server));
    this.remove(number);
  }

  /** The end: what is left is left. */
  finish(): History {
    this.history.rowsAtEnd = [...this.#rows.values()];
    return this.history;
  }
}

const BASE = "H:test:000000000001";

/** The handle of a job. */
export function handleOf(number: number): string {
  return handleText(BASE, handleFormOf(BASE)!, number);
}
