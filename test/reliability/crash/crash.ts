/**
 * Lets the process of every lifecycle operation die right before and right after each of its
 * commands, lets a new one recover, and checks that nothing leaks and that no neighbour loses a
 * packet.
 *
 * ```text
 * deno task crash [--kernel sim|host] [--setting 1-8] [--every N] [--only OPERATION] [--report]
 * ```
 *
 * @module
 */

import { runCampaign } from "../campaign_task.ts";
import { CRASHES } from "./crash_point.ts";

if (import.meta.main) {
  const status = await runCampaign(import.meta.filename ?? "", {
    title: "Crash points",
    task: "crash",
    points: "crash points",
    trial: CRASHES,
  });
  Deno.exit(status);
}
