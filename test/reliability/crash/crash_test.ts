import { assert, assertEquals } from "@std/assert";
import { outsideSandbox } from "../../../src/cli/demo/sandbox.ts";
import { settingName, SETTINGS } from "../setting.ts";
import { mayRunOn } from "../start.ts";
import { runTrial } from "../campaign.ts";
import { CRASHES } from "./crash_point.ts";

/** Few points, since each takes its time; `deno task crash` tries more. */
const SLICE = {
  sim: { every: 197, offset: 7 },
  host: { every: 173, offset: 40, only: "three together" },
} as const;

const missing = await outsideSandbox();

for (const setting of SETTINGS.filter((each) => each.isLimited === (each.layout === "hashed"))) {
  const isOnBoth = await mayRunOn("host", setting);
  for (const kind of isOnBoth ? ["sim", "host"] as const : ["sim"] as const) {
    const arm = isOnBoth ? kind : `${kind} only`;
    const isMissing = kind === "host" && missing !== undefined;
    const reason = isMissing ? ` (skipped: ${missing})` : "";
    Deno.test({
      name: `a crash anywhere leaves nothing behind: ${settingName(setting)}${reason} [${arm}]`,
      ignore: isMissing,
      fn: async () => {
        const { points, failures, lost } = await runTrial(
          { kind, setting, ...SLICE[kind] },
          CRASHES,
          () => {},
        );
        assertEquals({ failures, lost }, { failures: [], lost: 0 });
        assert(points > 0, "no point was tried");
      },
    });
  }
}
