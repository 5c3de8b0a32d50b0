/** Bits of the traffic class that say what service a packet wants, ECN apart. */
const SERVICE_BITS = 0x1c;

/** Priority of each service, from `ip_tos2prio` of net/ipv4/route.c. */
const PRIORITY_OF_SERVICE: readonly number[] = [0, 0, 2, 2, 6, 6, 4, 4];

/**
 * Gives the priority that Linux gives a packet for the service that its header asks for.
 *
 * @param trafficClass The traffic class byte, 0 to 255.
 * @returns 0 (best effort), 2 (bulk), 4 (interactive bulk) or 6 (interactive).
 */
export function priorityOfService(trafficClass: number): number {
  return PRIORITY_OF_SERVICE[(trafficClass & SERVICE_BITS) >>> 2] ?? 0;
}
