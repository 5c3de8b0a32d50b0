import { NS_PER_MS } from "./virtual_clock.ts";

/** Length of a tick in nanoseconds: Linux's `HZ` is 250. */
const TICK_NS = 4 * NS_PER_MS;

/** Ticks that each level of the wheel holds less one, and by how much each is coarser. */
const LEVEL = { ticks: 63, coarser: 8, count: 8 };

/**
 * Tells when a kernel timer fires: at a tick, and the longer it runs the coarser that tick. Linux
 * keeps timers in a wheel of eight levels, each eight times as coarse as the one before it, and
 * never fires early (`calc_wheel_index`). So a timer of a second fires up to 32 ms late.
 *
 * @param nowNs When it is set, in nanoseconds.
 * @param delayNs How long it should run, in nanoseconds.
 * @returns When it fires, in nanoseconds.
 */
export function wheelTimeNs(nowNs: number, delayNs: number): number {
  const delayTicks = Math.ceil(delayNs / TICK_NS);
  const expiry = Math.floor(nowNs / TICK_NS) + delayTicks;
  let grain = 1;
  for (let level = 1; level < LEVEL.count; level++) {
    if (delayTicks < LEVEL.ticks * grain) break;
    grain *= LEVEL.coarser;
  }
  return (Math.floor(expiry / grain) + 1) * grain * TICK_NS;
}
