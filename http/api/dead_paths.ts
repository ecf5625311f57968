import { json, PAGED, type Paths } from "./paths.ts";

/** What can be asked about dead jobs, and ordered. */
export const DEAD_PATHS: Paths = {
  "/dead": {
    get: {
      summary: "The dead jobs, those that died first before the others",
      parameters: ["ofFunction", ...PAGED],
      answer: json("DeadJobs"),
    },
    delete: {
      summary: "Drop the dead jobs of a function for good",
      parameters: ["ofFunction", "olderSeconds"],
      answer: json("DeadOrderAnswer"),
      errors: [404],
    },
  },
  "/dead/kick": {
    post: {
      summary: "Bring the dead jobs of a function back, those that died first",
      parameters: ["ofFunction", "count"],
      answer: json("DeadOrderAnswer"),
      errors: [404],
    },
  },
  "/dead/{handle}": {
    delete: {
      summary: "Drop a dead job for good",
      parameters: ["jobHandle"],
      status: 204,
      answer: null,
      errors: [404],
    },
  },
  "/dead/{handle}/kick": {
    post: {
      summary: "Bring a dead job back",
      parameters: ["jobHandle"],
      status: 204,
      answer: null,
      errors: [404, 409],
    },
  },
  "/jobs/{handle}/bury": {
    post: {
      summary: "Put a live background job with the dead ones",
      parameters: ["jobHandle"],
      status: 204,
      answer: null,
      errors: [404, 409],
    },
  },
};
