/**
 * Plants known bugs in a copy of the simulator, one after the other, and tells which comparison
 * with a real kernel's answers catches each. A bug that nothing catches fails the run.
 *
 * ```text
 * deno task conform:mutants
 * ```
 *
 * @module
 */

import { plantAll } from "../support/plant.ts";
import { CHECKS, MUTANTS } from "./mutant_table.ts";

if (import.meta.main) Deno.exit(await plantAll(MUTANTS, CHECKS));
