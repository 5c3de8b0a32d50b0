/**
 * Does the same for many, only so many at a time.
 *
 * @param items For whom.
 * @param atOnce How many at a time, 1 or more.
 * @param operation What to do.
 * @returns The results in the order of the items.
 * @throws What the operation throws first; those under way are waited for by nobody.
 */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  operation: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>();
  const queue = items.entries();
  const work = async () => {
    for (const [i, item] of queue) results.set(i, await operation(item));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}
