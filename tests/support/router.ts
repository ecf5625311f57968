import { ConfiguredPolicy, type Policies } from "../../policies/mod.ts";
import { GearmanPolicy } from "../../router/policy.ts";
import { Router, type RouterOptions } from "../../router/mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { FakePeer } from "./fake_peer.ts";

/** A router on a clock that the test moves, and peers for it. */
export function testRouter(options: Partial<RouterOptions> = {}): {
  router: Router;
  clock: ManualClock;
  peer: (port?: number) => FakePeer;
} {
  const clock = new ManualClock();
  const router = new Router(clock, { jobHandlePrefix: "H:test", version: "1.2.3", ...options });
  const peer = (port = 40000) => new FakePeer(router, { hostname: "127.0.0.1", port });
  return { router, clock, peer };
}

/** The same, whose policy has these rules; what is left to chance is as early, or late, as `random` says. */
export function routerWithRules(
  policies: Policies,
  { random = () => 0, ...options }: Partial<RouterOptions> & { random?: () => number } = {},
): {
  router: Router;
  clock: ManualClock;
  policy: ConfiguredPolicy;
  peer: (port?: number) => FakePeer;
} {
  const clock = new ManualClock();
  const otherwise = new GearmanPolicy(options.jobRetries ?? -1);
  const policy = new ConfiguredPolicy({ otherwise, clock, random });
  policy.use(policies);
  const router = new Router(clock, { jobHandlePrefix: "H:test", ...options }, policy);
  const peer = (port = 40000) => new FakePeer(router, { hostname: "127.0.0.1", port });
  return { router, clock, policy, peer };
}
