import { json, type Paths } from "./paths.ts";

/** What can be asked about schedules, and ordered. */
export const SCHEDULE_PATHS: Paths = {
  "/schedules": { get: { summary: "The schedules, by name", answer: json("Schedules") } },
  "/schedules/{name}": {
    get: {
      summary: "A schedule, with its last runs",
      parameters: ["schedule"],
      answer: json("Schedule"),
      errors: [404],
    },
    put: {
      summary: "Make a schedule, or change the one with this name",
      parameters: ["schedule"],
      body: json("ScheduleRequest"),
      answer: json("Schedule"),
      errors: [409, 413, 503],
    },
    delete: {
      summary: "Forget a schedule that is not one of the configuration",
      parameters: ["schedule"],
      status: 204,
      answer: null,
      errors: [404, 409],
    },
  },
  "/schedules/{name}/run": {
    post: {
      summary: "Run it now; its next run stays as it is",
      parameters: ["schedule"],
      answer: json("ScheduleRun"),
      errors: [404, 409],
    },
  },
  "/schedules/{name}/pause": {
    put: {
      summary: "Pause it: what would run meanwhile is left out",
      parameters: ["schedule"],
      status: 204,
      answer: null,
      errors: [404],
    },
    delete: {
      summary: "Let it run again",
      parameters: ["schedule"],
      status: 204,
      answer: null,
      errors: [404],
    },
  },
};
