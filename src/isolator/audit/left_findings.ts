import { type Change, changeWords } from "../change.ts";
import { cleanupPlan } from "../cleanup_plan.ts";
import { type Container, vethName } from "../container.ts";
import { handlePath, symlinkPath } from "../container_handle.ts";
import type { HostConfig } from "../host_config.ts";
import type { HostState } from "../host_state.ts";
import { findBrokenSymlinks } from "../left_over.ts";
import type { Finding, FindingKind } from "./finding.ts";

/** A container of which only remains are there. */
export interface Remains {
  /** The container, as far as it is known. */
  readonly container: Pick<Container, "id" | "pid" | "flow">;
  /** Why it is not a container any more, as a clause. */
  readonly because: string;
}

/**
 * Finds what is left over of a container, in the order in which it must go.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @param remains The container, and why it is none any more.
 */
export function remainsFindings(
  host: HostConfig,
  state: HostState,
  { container, because }: Remains,
): Finding[] {
  const { id, pid } = container;
  const broken = new Set(findBrokenSymlinks(state));
  const symlinks = state.symlinks.filter((each) => !broken.has(each.id));
  const plan = cleanupPlan(host, { ...state, symlinks }, container);
  const whose = id === undefined ? `process ${pid}` : id;
  return [...Map.groupBy(plan, (change) => thingOf(host, change, pid).object)].map(
    ([object, mend]) => {
      const [first] = mend;
      const { kind, noun } = first === undefined ? UNKNOWN : thingOf(host, first, pid);
      const count = kind === "left-filters" ? `${mend.length} ` : "";
      const says = `${count}${noun} left over from ${whose}: ${because}`;
      return { kind, object, ...(id === undefined ? {} : { container: id }), says, mend, isLeft };
    },
  );
}

/** All that this module finds is left over. */
const isLeft = true;

/** What a removal removes. */
interface Thing {
  readonly kind: FindingKind;
  readonly object: string;
  readonly noun: string;
}

const UNKNOWN: Thing = { kind: "left-filters", object: "", noun: "" };

function thingOf(host: HostConfig, change: Change, pid: number): Thing {
  if (change.kind === "unlink") {
    const object = change.path;
    return { kind: "left-symlink", object, noun: `The symbolic link ${object} is` };
  }
  const words = changeWords(change);
  if (words[0] === "tc") {
    const link = words[words.indexOf("dev") + 1] ?? "";
    return { kind: "left-filters", object: `filters on ${link}`, noun: `filters on ${link} are` };
  }
  if (words[1] === "netns") {
    const object = handlePath(pid);
    return { kind: "left-handle", object, noun: `The namespace handle ${object} is` };
  }
  const object = vethName(host.options.vethPrefix, pid);
  return { kind: "left-veth", object, noun: `The link ${object} is` };
}

/**
 * Finds symbolic links that lead nowhere, or share a handle with another.
 *
 * @param state What the kernel holds.
 */
export function symlinkFindings(state: HostState): Finding[] {
  return findBrokenSymlinks(state).map((id) => {
    const path = symlinkPath(id);
    const pid = state.symlinks.find((each) => each.id === id)?.pid;
    const isShared = pid !== undefined && state.handles.includes(String(pid));
    const says = isShared
      ? `The symbolic link ${path} leads to a handle to which another leads too`
      : `The symbolic link ${path} leads to no namespace handle`;
    return {
      kind: "left-symlink",
      object: path,
      container: id,
      says,
      mend: [{ kind: "unlink", path }],
      isLeft,
    };
  });
}
