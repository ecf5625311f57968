import { setTimeout as pause } from "node:timers/promises";
import type { RandomNumbers } from "../../../support/random_numbers.ts";
import type { Sql } from "../cluster/engine_log.ts";
import type { History, SqlSubmit } from "../history.ts";
import { FUNCTIONS } from "./clients.ts";

/** An application that submits jobs by SQL, in transactions of which some are rolled back. */
export class SqlClient {
  readonly #sql: Sql;
  readonly #history: History;
  readonly #random: RandomNumbers;
  #isStopped = false;

  constructor(sql: Sql, history: History, random: RandomNumbers) {
    this.#sql = sql;
    this.#history = history;
    this.#random = random;
  }

  async run(): Promise<void> {
    for (let count = 1; !this.#isStopped; count++) {
      await this.#submit(`sql ${count}`);
      await pause(500 + this.#random(1000));
    }
  }

  async #submit(payload: string): Promise<void> {
    const functionName = FUNCTIONS[this.#random(FUNCTIONS.length)];
    const isCommitted = this.#random(3) > 0;
    const submit: SqlSubmit = {
      payload,
      functionName,
      unique: "",
      at: Date.now(),
      outcome: "unknown",
    };
    this.#history.sqlSubmits.push(submit);
    try {
      await this.#sql(`begin; select geartrain.submit('${functionName}', '${payload}');
        ${isCommitted ? "commit" : "rollback"}`);
      submit.outcome = isCommitted ? "committed" : "rolled back";
    } catch {
      // The database has a fault: nobody knows.
    }
  }

  stop(): void {
    this.#isStopped = true;
  }
}
