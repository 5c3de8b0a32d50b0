import { output } from "../../src/cli/demo/sandbox.ts";

/** A Linux kernel that runs as an ordinary process. */
export interface UserModeLinux {
  /** Path of its program. */
  readonly program: string;
  /** The kernel's version, such as `6.1.176`. */
  readonly version: string;
  /** Folder of its modules. */
  readonly modules: string;
}

/** Where Debian's package `user-mode-linux` puts the program and the modules of each version. */
const PROGRAM = "/usr/bin/linux.uml";
const MODULES = "/usr/lib/uml/modules";

/**
 * Finds User-Mode Linux.
 *
 * @returns The kernel, or what is missing and how to get it.
 */
export async function findUserModeLinux(): Promise<UserModeLinux | { readonly missing: string }> {
  const { status, stdout } = await output([PROGRAM, "--version"]);
  const version = stdout.trim();
  const modules = `${MODULES}/${version}`;
  const list = status === 0
    ? await output(["/usr/bin/test", "-r", `${modules}/modules.dep`])
    : null;
  if (list?.status === 0) return { program: PROGRAM, version, modules };
  return { missing: "There is no User-Mode Linux here; install the package user-mode-linux" };
}

/**
 * Chooses a folder for the file that is the kernel's memory: it must have room for it, and allow
 * programs, which `/dev/shm` of many containers does not.
 *
 * @param memoryMb How much memory there is to be, in MiB.
 * @param otherwise Where it goes if memory itself will not do.
 */
export async function memoryFolder(memoryMb: number, otherwise: string): Promise<string> {
  const columns = ["--noheadings", "--raw", "--bytes", "--output", "AVAIL,FSTYPE,OPTIONS"];
  const { stdout } = await output(["findmnt", ...columns, "--target", "/dev/shm"]);
  const [available, type, options = ""] = stdout.trim().split(" ");
  const isRoomy = Number(available) > memoryMb * 1024 * 1024;
  const isUsable = type === "tmpfs" && !options.split(",").includes("noexec");
  return isRoomy && isUsable ? "/dev/shm" : otherwise;
}
