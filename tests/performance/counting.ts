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

/** Methods that may go through all of what they are called on. */
const WALKS: readonly [Class, readonly string[]][] = [
  [Array, [
    ...["concat", "copyWithin", "every", "fill", "filter", "find", "findIndex", "findLast"],
    ...["findLastIndex", "flatMap", "forEach", "includes", "indexOf", "join", "lastIndexOf", "map"],
    ...["reduce", "reduceRight", "reverse", "shift", "slice", "some", "sort", "splice", "toSorted"],
    ...["unshift"],
  ]],
  [Map, ["entries", "forEach", "keys", "values"]],
  [Set, ["entries", "forEach", "keys", "values"]],
];

/** How many elements such methods of arrays, maps and sets may go through in `action`. */
export function elementsWalkedBy(action: () => void): number {
  let elements = 0;
  const restore: (() => void)[] = [];
  for (const [{ prototype }, names] of WALKS) {
    for (const name of names) {
      const property = Object.getOwnPropertyDescriptor(prototype, name)!;
      const walk = function (this: { length?: number; size?: number }, ...args: unknown[]) {
        elements += this.length ?? this.size ?? 0;
        return property.value.apply(this, args);
      };
      Object.defineProperty(prototype, name, { ...property, value: walk });
      restore.push(() => Object.defineProperty(prototype, name, property));
    }
  }
  try {
    action();
  } finally {
    for (const undo of restore) undo();
  }
  return elements;
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
