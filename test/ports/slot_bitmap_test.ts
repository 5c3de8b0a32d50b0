import { assertEquals, assertThrows } from "@std/assert";
import { SlotBitmap } from "../../src/ports/slot_bitmap.ts";
import { Random } from "../support/random.ts";

const SEED = 12;

Deno.test("SlotBitmap starts empty", () => {
  const slots = new SlotBitmap(65_536);
  assertEquals([slots.lowest(), slots.has(0), slots.has(65_535)], [-1, false, false]);
});

Deno.test("SlotBitmap finds each slot alone, at every boundary of a word", () => {
  const slots = new SlotBitmap(65_536);
  for (const slot of [0, 1, 31, 32, 1_023, 1_024, 32_767, 32_768, 65_535]) {
    slots.add(slot);
    slots.add(slot);
    assertEquals([slots.lowest(), slots.has(slot)], [slot, true]);
    slots.delete(slot);
    slots.delete(slot);
    assertEquals([slots.lowest(), slots.has(slot)], [-1, false]);
  }
});

Deno.test("SlotBitmap refuses slots that it does not have", () => {
  for (const count of [0, -1, 1.5, 65_537, NaN]) {
    assertThrows(() => new SlotBitmap(count), RangeError, "integer from 1 to 65536");
  }
  const slots = new SlotBitmap(33);
  for (const slot of [-1, 33, 63, 65_536, NaN]) {
    assertThrows(() => slots.add(slot), RangeError, "0 to 32");
    assertThrows(() => slots.delete(slot), RangeError, "0 to 32");
    assertEquals(slots.has(slot), false);
  }
});

for (const count of [1, 32, 33, 4_032, 65_536]) {
  Deno.test(`SlotBitmap of ${count} slots agrees with a set, seed ${SEED}`, () => {
    const random = new Random(SEED);
    const slots = new SlotBitmap(count);
    const model = new Set<number>();
    for (let step = 0; step < 2_000; step++) {
      // A few slots only, so that they come and go often.
      const slot = Math.floor(random.below(24) / 24 * count);
      if (random.below(2) === 0) {
        slots.add(slot);
        model.add(slot);
      } else {
        slots.delete(slot);
        model.delete(slot);
      }
      assertEquals(slots.has(slot), model.has(slot));
      assertEquals(slots.lowest(), model.size === 0 ? -1 : Math.min(...model));
    }
  });
}
