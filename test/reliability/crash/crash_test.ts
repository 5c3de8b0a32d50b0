import { testSlices } from "../slices.ts";
import { CRASHES } from "./crash_point.ts";

await testSlices("a crash anywhere leaves nothing behind", CRASHES, {
  sim: { every: 197, offset: 7 },
  host: { every: 173, offset: 40, only: "three together" },
});
