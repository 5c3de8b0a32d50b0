import { assert, assertEquals } from "@std/assert";
import { outsideSandbox } from "../../src/cli/demo/sandbox.ts";
import { runTrial } from "./campaign.ts";
import { settingName, SETTINGS } from "./setting.ts";
import { mayRunOn } from "./start.ts";

type Campaign = Parameters<typeof runTrial>[0];

/** Which points of a trial a test run tries on a kernel. */
type Slice = Omit<Campaign, "kind" | "setting">;

/**
 * Makes the tests of a trial: few of its points on each kernel, in either layout.
 *
 * @param claim What the tests say.
 * @param trial The trial, whose task tries all points.
 * @param slices Which points, since each takes its time.
 */
export async function testSlices<Point>(
  claim: string,
  trial: Parameters<typeof runTrial<Point>>[1],
  slices: Readonly<Record<Campaign["kind"], Slice>>,
): Promise<void> {
  const missing = await outsideSandbox();
  for (const setting of SETTINGS.filter((each) => each.isLimited === (each.layout === "hashed"))) {
    const isOnBoth = await mayRunOn("host", setting);
    for (const kind of isOnBoth ? ["sim", "host"] as const : ["sim"] as const) {
      const arm = isOnBoth ? kind : `${kind} only`;
      const isMissing = kind === "host" && missing !== undefined;
      const reason = isMissing ? ` (skipped: ${missing})` : "";
      Deno.test({
        name: `${claim}: ${settingName(setting)}${reason} [${arm}]`,
        ignore: isMissing,
        fn: async () => {
          const end = await runTrial({ kind, setting, ...slices[kind] }, trial, () => {});
          const { points, failures, lost } = end;
          assertEquals({ failures, lost }, { failures: [], lost: 0 });
          assert(points > 0, "no point was tried");
        },
      });
    }
  }
}
