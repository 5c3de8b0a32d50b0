import type { SourceFile } from "./source_files.ts";

/** Layers of `src/`, the upper before the lower: each imports only from itself and below. */
const LAYERS = ["cli", "isolator", "routing", "kernel", "ports"];

/** The one folder of `src/` that knows of the simulator: where a kernel is chosen. */
const SIM_DOOR = /^src\/cli\/sim\//;

/**
 * Finds imports that point the wrong way.
 *
 * @param file A file.
 * @returns One sentence for each.
 */
export function layerFaults(file: SourceFile): string[] {
  return importsOf(file).flatMap((target) => {
    const fault = faultOf(file.path, target);
    return fault === undefined ? [] : [`${file.path} imports ${target}: ${fault}`];
  });
}

function faultOf(from: string, to: string): string | undefined {
  const [fromFolder, toFolder] = [from.split("/")[0], to.split("/")[0]];
  if (fromFolder === "sim" && (to.startsWith("src/isolator/") || to.startsWith("src/cli/"))) {
    return "the simulator knows nothing of the isolator";
  }
  if (fromFolder === "src" && toFolder === "sim" && !SIM_DOOR.test(from)) {
    return "only the place where a kernel is chosen knows of the simulator";
  }
  if (
    (fromFolder === "src" || fromFolder === "sim") && (toFolder === "test" || toFolder === "bench")
  ) {
    return "the product knows nothing of its tests";
  }
  if (fromFolder !== "src" || toFolder !== "src") return undefined;
  const [above, below] = [from, to].map((path) => LAYERS.indexOf(path.split("/")[1] ?? ""));
  return (above ?? 0) <= (below ?? 0) ? undefined : `${LAYERS.join(" → ")} points down only`;
}

function importsOf({ path, text }: SourceFile): string[] {
  const targets = [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)"/gms)];
  return targets.map(([, target = ""]) => {
    const resolved = new URL(target, `file:///${path}`);
    return resolved.pathname.slice(1);
  });
}
