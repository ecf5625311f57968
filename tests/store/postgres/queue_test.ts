import { describeWithPostgres } from "../../support/postgres.ts";
import { sharedQueueTests } from "../shared_queue_contract.ts";
import { underTest } from "./under_test.ts";

describeWithPostgres("With PostgreSQL", (postgres) => {
  sharedQueueTests({ name: "PostgresQueue", create: () => underTest(postgres()), runs: 10 });
});
