/**
 * Lets each command of every lifecycle operation fail in every way that the real tools can, and
 * checks that the operation completes or can be done again, says why in one sentence, counts it,
 * and that neighbours talk on.
 *
 * ```text
 * deno task faults [--kernel sim|host] [--setting 1-8] [--every N] [--only OPERATION] [--report]
 * ```
 *
 * @module
 */

import { runCampaign } from "../campaign_task.ts";
import { FAULTS } from "./fault_trial.ts";

if (import.meta.main) {
  const status = await runCampaign(import.meta.filename ?? "", {
    title: "Faults",
    task: "faults",
    points: "faults",
    trial: FAULTS,
  });
  Deno.exit(status);
}
