import { testSlices } from "../slices.ts";
import { FAULTS } from "./fault_trial.ts";

await testSlices("whatever a command fails with, doing it again succeeds", FAULTS, {
  sim: { every: 431, offset: 11 },
  host: { every: 97, offset: 30, only: "prepare and isolate" },
});
