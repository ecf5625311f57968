/** Methods of the prototypes of classes, to be counted; a getter counts as one. */
interface Class {
  readonly prototype: object;
}

/** How many methods and getters of these classes `action` calls. */
export function callsDuring(classes: readonly Class[], action: () => void): number {
  let calls = 0;
  const restore: (() => void)[] = [];
  for (const { prototype } of classes) {
    const properties = Object.getOwnPropertyDescriptors(prototype);
    for (const [name, property] of Object.entries(properties)) {
      const { value, get } = property;
      const original = value ?? get;
      if (name === "constructor" || typeof original !== "function") continue;
      const counted = function (this: unknown, ...args: unknown[]): unknown {
        calls++;
        return original.apply(this, args);
      };
      const replaced = get === undefined ? { value: counted } : { get: counted };
      Object.defineProperty(prototype, name, { ...property, ...replaced });
      restore.push(() => Object.defineProperty(prototype, name, property));
    }
  }
  try {
    action();
  } finally {
    for (const undo of restore) undo();
  }
  return calls;
}

/** Counts reads and writes of the fields of objects from now on. */
export class Touches {
  /** How often a field was read or written. */
  count = 0;

  /** Counts those of this object as well. */
  watch(object: object): void {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      let { value } = property;
      Object.defineProperty(object, name, {
        configurable: true,
        enumerable: true,
        get: () => {
          this.count++;
          return value;
        },
        set: (given) => {
          this.count++;
          value = given;
        },
      });
    }
  }
}
