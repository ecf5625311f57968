import type { Portions } from "../portions.ts";
import { type Cursor, cursorText } from "./cursor.ts";
import { PageWriter } from "./page.ts";

/** To make an answer of an item costs as much as to find so many places. */
const WORTH_OF_ANSWER = 8;

/** Where an item stands in a list: by a value, and among equal ones by a name that no other has. */
export interface Place {
  readonly value: number | string;
  readonly name: string | number;
}

/** How a list is to be. */
export interface ListOrder<Item> {
  /** The place of an item; null for one that is not in the list. */
  readonly placeOf: (item: Item) => Place | null;
  readonly isDescending: boolean;
  /** How many others it costs as much as to find a place. */
  readonly worth?: number;
  /** The last item of the part before. */
  readonly after: Cursor | null;
  readonly limit: number;
}

/**
 * A part of a sorted list of items that are many and in no order: of all of them only as many are kept
 * as the part has.
 */
export async function pageOf<Item, Answer>(
  portions: Portions,
  items: Iterable<Item>,
  order: ListOrder<Item>,
  answerOf: (item: Item) => Answer,
): Promise<Response> {
  const { placeOf, limit, worth = 1 } = order;
  const sign = order.isDescending ? -1 : 1;
  const comesAfter = (one: Place, other: Place) =>
    one.value === other.value
      ? one.name > other.name
      : sign > 0
      ? one.value > other.value
      : one.value < other.value;
  const after = order.after === null ? null : placeIn(order.after);
  const best: { item: Item; place: Place }[] = [];
  await portions.each(items, (item) => {
    const place = placeOf(item);
    if (place === null || (after !== null && !comesAfter(place, after))) return worth;
    if (best.length > limit && !comesAfter(best[limit].place, place)) return worth;
    let low = 0;
    for (let high = best.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (comesAfter(place, best[middle].place)) low = middle + 1;
      else high = middle;
    }
    best.splice(low, 0, { item, place });
    if (best.length > limit + 1) best.pop();
    return worth;
  });
  const page = new PageWriter<Answer>(limit);
  let [last, isCut]: [Place | null, boolean] = [null, false];
  await portions.each(best, ({ item, place }) => {
    isCut = page.isFull;
    if (isCut) return false;
    page.add(answerOf(item));
    last = place;
    return WORTH_OF_ANSWER;
  });
  return page.response({ next: isCut && last !== null ? textOf(last) : null });
}

function textOf({ value, name }: Place): string {
  return cursorText([value, name]);
}

function placeIn([value, name]: Cursor): Place {
  return { value, name };
}
