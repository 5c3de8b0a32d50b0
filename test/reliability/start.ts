import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { findSandbox, output, prepareMounts } from "../../src/cli/demo/sandbox.ts";
import type { Setting } from "./setting.ts";

/** First argument of the second start, inside the sandbox. */
const INSIDE = "--inside-sandbox";

/**
 * Starts a campaign; one on the real kernel is started again inside a sandbox.
 *
 * @param module Path of the campaign's module.
 * @param args Its arguments; `--kernel host` among them asks for the real kernel.
 * @param main The campaign.
 * @returns Its exit status.
 */
export async function startOn(
  module: string,
  args: readonly string[],
  main: (args: readonly string[]) => Promise<number>,
): Promise<number> {
  if (args[0] === INSIDE) {
    await prepareMounts();
    await output(["ip", "link", "set", "lo", "up"]);
    return await main(args.slice(1));
  }
  const kernel = args[args.indexOf("--kernel") + 1];
  const isHost = (args.includes("--kernel") && kernel === "host") || args.includes("--kernel=host");
  if (!isHost) return await main(args);
  const sandbox = await findSandbox();
  if ("missing" in sandbox) {
    // deno-lint-ignore no-console
    console.log(`Nothing was tried: no sandbox can be made here (${sandbox.missing})`);
    return 1;
  }
  return await enterSandboxWith(module, [INSIDE, ...args]);
}

/**
 * Tells whether a kernel can do what a setting asks for: some real ones have no fq_codel.
 *
 * @param kind Which kernel.
 * @param setting The setting.
 */
export async function mayRunOn(kind: "sim" | "host", setting: Setting): Promise<boolean> {
  if (kind === "sim" || !setting.hasUniqueFlows) return true;
  const probe = ["unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "fq_codel"];
  return (await output(probe)).status === 0;
}
