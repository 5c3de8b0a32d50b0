/**
 * The counting that all queues share.
 *
 * @module
 */

import type { QueueCounters } from "../model/counters.ts";
import type { Packet } from "../path/packet.ts";

/** Counts a packet that begins to wait. */
export function countIn(counters: QueueCounters, { lengthBytes }: Packet): void {
  counters.queueLength += 1;
  counters.backlogBytes += lengthBytes;
}

/** Counts a packet that waits no more. */
export function countOut(counters: QueueCounters, { lengthBytes }: Packet): void {
  counters.queueLength -= 1;
  counters.backlogBytes -= lengthBytes;
}

/** Counts a packet as sent. */
export function countSent(counters: QueueCounters, { lengthBytes }: Packet): void {
  counters.packets += 1;
  counters.bytes += lengthBytes;
}

/** Counts packets that a queue inside lost after it had taken them in. */
export function countLostInside(counters: QueueCounters, packets: number, bytes: number): void {
  counters.queueLength -= packets;
  counters.backlogBytes -= bytes;
  counters.drops += packets;
}

/** Forgets what waits. */
export function countNothing(counters: QueueCounters): void {
  counters.queueLength = 0;
  counters.backlogBytes = 0;
}
