/**
 * Plants known defects in a copy of the product, one after the other, and tells which check of its
 * reliability catches each. A defect that nothing catches fails the run.
 *
 * ```text
 * deno task reliability:mutants
 * ```
 *
 * @module
 */

import { plantAll } from "../support/plant.ts";
import { CHECKS, MUTANTS } from "./mutant_table.ts";

if (import.meta.main) Deno.exit(await plantAll(MUTANTS, CHECKS));
