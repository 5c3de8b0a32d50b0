/**
 * Ports as values: intervals and sets of them, the ranges that a packet filter can match, and who
 * gets which ephemeral ones. Nothing here knows of a kernel.
 *
 * | module | holds |
 * | --- | --- |
 * | `port` | what a port is |
 * | `interval` | consecutive ports |
 * | `interval_set` | any ports, with the operations of sets |
 * | `port_range` | what one match of a filter can test |
 * | `port_cover` | a set as the fewest such ranges |
 * | `parse_ports`, `ports_json`, `parse_resources` | ports as text |
 * | `ephemeral_ports_allocator` | the ranges of containers, and their exhaustion |
 * | `slot_bitmap` | the lowest free slot in a few steps |
 *
 * @module
 */

export * from "./ephemeral_ports_allocator.ts";
export * from "./ephemeral_ports_exhausted_error.ts";
export * from "./interval.ts";
export * from "./interval_set.ts";
export * from "./parse_ports.ts";
export * from "./parse_resources.ts";
export * from "./port.ts";
export * from "./port_cover.ts";
export * from "./port_range.ts";
export * from "./ports_json.ts";
export * from "./slot_bitmap.ts";
