import { assert, assertEquals } from "@std/assert";
import { outsideSandbox } from "../../../src/cli/demo/sandbox.ts";
import { settingName, SETTINGS } from "../setting.ts";
import { mayRunOn } from "../start.ts";
import { runTrial } from "../campaign.ts";
import { FAULTS } from "./fault_trial.ts";

/** Few points, since each takes its time; `deno task faults` tries more. */
const SLICE = {
  sim: { every: 431, offset: 11 },
  host: { every: 97, offset: 30, only: "prepare and isolate" },
} as const;

const missing = await outsideSandbox();

for (const setting of SETTINGS.filter((each) => each.isLimited === (each.layout === "hashed"))) {
  const isOnBoth = await mayRunOn("host", setting);
  for (const kind of isOnBoth ? ["sim", "host"] as const : ["sim"] as const) {
    const arm = isOnBoth ? kind : `${kind} only`;
    const isMissing = kind === "host" && missing !== undefined;
    const reason = isMissing ? ` (skipped: ${missing})` : "";
    Deno.test({
      name: `whatever a command fails with, doing it again succeeds: ${
        settingName(setting)
      }${reason} [${arm}]`,
      ignore: isMissing,
      fn: async () => {
        const { points, failures, lost } = await runTrial(
          { kind, setting, ...SLICE[kind] },
          FAULTS,
          () => {},
        );
        assertEquals({ failures, lost }, { failures: [], lost: 0 });
        assert(points > 0, "no point was tried");
      },
    });
  }
}
