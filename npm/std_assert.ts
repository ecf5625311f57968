/**
 * Stands in for `jsr:@std/assert` where only npm is reachable: the same names and signatures, the
 * work done by the runtime's own `node:assert/strict`. Only what that module lacks is adapted.
 *
 * Known difference: `AssertionError` is Node's, so it is constructed with an options object.
 *
 * @module
 */
import strict from "node:assert/strict";

export { AssertionError } from "node:assert/strict";

/** Any value that a condition counts as false. */
export type Falsy = false | 0 | 0n | "" | null | undefined;

/** The constructor of an error or of any other object, abstract ones too. */
// deno-lint-ignore no-explicit-any
export type AnyConstructor = abstract new (...args: any[]) => any;

// deno-lint-ignore no-explicit-any
type ErrorConstructorOf<E extends Error> = abstract new (...args: any[]) => E;

/** Fails unless `expr` is truthy. */
export function assert(expr: unknown, msg?: string): asserts expr {
  strict.ok(expr, msg || "Expected a truthy value");
}

/** Fails unless `expr` is falsy. */
export function assertFalse(expr: unknown, msg?: string): asserts expr is Falsy {
  strict.ok(!expr, msg || "Expected a falsy value");
}

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  explained(() => strict.deepStrictEqual(actual, expected), msg);
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  explained(() => strict.notDeepStrictEqual(actual, expected), msg);
}

/** Fails unless both are the same value or object. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  explained(() => strict.strictEqual(actual, expected), msg);
}

/** Fails if both are the same value or object. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  explained(() => strict.notStrictEqual(actual, expected), msg);
}

/** Fails on null and undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  strict.ok(actual !== undefined && actual !== null, msg || `Expected a value, got ${actual}`);
}

/** Fails unless `actual` is an instance of the class. */
export function assertInstanceOf<T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T> {
  strict.ok(
    actual instanceof expectedType,
    msg || `Expected an instance of ${expectedType.name}, got ${String(actual)}`,
  );
}

/** Fails unless the text matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  explained(() => strict.match(actual, expected), msg);
}

/** Fails if the text matches. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  explained(() => strict.doesNotMatch(actual, expected), msg);
}

/** Fails unless the text contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  strict.ok(
    actual.includes(expected),
    msg || `Expected ${JSON.stringify(actual)} to contain ${JSON.stringify(expected)}`,
  );
}

/** Fails unless every element of `expected` is deeply equal to one of `actual`. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  msg?: string,
): void {
  for (const wanted of Array.from(expected)) {
    strict.ok(
      Array.from(actual).some((element) => equal(element, wanted)),
      msg || `Expected the list to include ${String(wanted)}`,
    );
  }
}

/** Fails unless `actual` has all properties of `expected`, deeply. */
export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  explained(() => strict.deepStrictEqual(subset(actual, expected), expected), msg);
}

/** Fails unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  strict.ok(actual > expected, msg || `Expected ${actual} > ${expected}`);
}

/** Fails unless `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  strict.ok(actual >= expected, msg || `Expected ${actual} >= ${expected}`);
}

/** Fails unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  strict.ok(actual < expected, msg || `Expected ${actual} < ${expected}`);
}

/** Fails unless `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  strict.ok(actual <= expected, msg || `Expected ${actual} <= ${expected}`);
}

/** Fails unless the numbers are at most `tolerance` (default: 1e-7 of `expected`) apart. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  strict.ok(
    Object.is(actual, expected) || Math.abs(expected - actual) <= allowed,
    msg || `Expected ${actual} to be within ${allowed} of ${expected}`,
  );
}

/** Fails unless `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Fails unless `fn` throws an error of the class whose message contains `msgIncludes`. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorConstructorOf<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: AnyConstructor | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  let thrown: unknown;
  explained(() =>
    strict.throws(fn, (error) => {
      thrown = error;
      return true;
    }), typeof classOrMsg === "string" ? classOrMsg : msg);
  checkError(thrown, classOrMsg, msgIncludes, msg);
  return thrown;
}

/** Fails unless the promise rejects; resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Fails unless it rejects with an error of the class whose message contains `msgIncludes`. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorConstructorOf<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: AnyConstructor | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const promise = fn();
  try {
    await promise;
  } catch (reason) {
    checkError(reason, classOrMsg, msgIncludes, msg);
    return reason;
  }
  return strict.fail(
    "Expected a rejection" + explanation(typeof classOrMsg === "string" ? classOrMsg : msg),
  );
}

/** Fails always. */
export function fail(msg?: string): never {
  strict.fail(msg ?? "Failed assertion");
}

/** Fails always: marks a place that must not be reached. */
export function unreachable(reason?: string): never {
  strict.fail(reason ?? "Unreachable");
}

/** Are both deeply equal? */
export function equal(a: unknown, b: unknown): boolean {
  try {
    strict.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

/** Runs the check; `msg` is added to what a failure says, so that its comparison stays readable. */
function explained(check: () => void, msg: string | undefined): void {
  try {
    check();
  } catch (error) {
    if (error instanceof Error) error.message += explanation(msg);
    throw error;
  }
}

function explanation(msg: string | undefined): string {
  return msg === undefined ? "" : `: ${msg}`;
}

function checkError(
  error: unknown,
  classOrMsg: AnyConstructor | string | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): void {
  if (typeof classOrMsg !== "function") return;
  assertInstanceOf(error, classOrMsg, msg);
  if (msgIncludes !== undefined) assertStringIncludes((error as Error).message, msgIncludes, msg);
}

function subset(actual: unknown, expected: unknown): unknown {
  if (typeof actual !== "object" || actual === null) return actual;
  if (typeof expected !== "object" || expected === null) return actual;
  if (Array.isArray(expected) || Object.getPrototypeOf(expected) !== Object.prototype) {
    return actual;
  }
  const picked: Record<PropertyKey, unknown> = {};
  for (const key of Reflect.ownKeys(expected)) {
    if (Object.hasOwn(actual, key)) {
      picked[key] = subset(Reflect.get(actual, key), Reflect.get(expected, key));
    }
  }
  return picked;
}
