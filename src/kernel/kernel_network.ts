/**
 * The seam on which Berth stands: the few things it asks of a Linux network, in the words of the
 * tools that every operator knows.
 *
 * @module
 */

/** The programs that Berth speaks to a kernel with. */
export type Tool = "ip" | "tc" | "ss" | "sysctl" | "ethtool" | "mount";

/** One run of one tool. */
export interface Invocation {
  /** The program to run. */
  readonly tool: Tool;
  /** Its arguments, one word each; no word is ever split, quoted or expanded. */
  readonly args: readonly string[];
  /** Name of the network namespace to work in; the kernel's own namespace when left out. */
  readonly namespace?: string;
  /** Text for its standard input; empty when left out. */
  readonly stdin?: string;
  /** Whether the run may alter the kernel; a dry run passes reads on and prints changes. */
  readonly effect: "read" | "change";
}

/** What a tool answered. */
export interface Output {
  /** Exit status, 0 to 255. */
  readonly status: number;
  /** All it wrote to standard output. */
  readonly stdout: string;
  /** All it wrote to standard error. */
  readonly stderr: string;
}

/**
 * A Linux network that can be read and changed.
 *
 * `HostKernel` is the machine's own; `SimKernel` is one in memory. Code above this interface cannot
 * tell them apart. A tool that runs and fails is an {@linkcode Output} with its status; what keeps
 * a
 * tool from answering at all (it is missing, it hangs) and every refused file operation is a
 * `KernelError`.
 */
export interface KernelNetwork {
  /**
   * Runs one tool to its end.
   *
   * @param invocation The tool, its arguments and where it works.
   * @returns Its exit status and text, whatever the status.
   * @throws {KernelError} If the tool is missing or exceeds its time limit.
   */
  execute(invocation: Invocation): Promise<Output>;

  /**
   * Reads a whole text file, such as one below `/proc` or `/sys`.
   *
   * @param path Absolute path.
   * @throws {KernelError} If it cannot be read.
   */
  readFile(path: string): Promise<string>;

  /**
   * Replaces the content of a file.
   *
   * @param path Absolute path.
   * @param text The new content.
   * @throws {KernelError} If it cannot be written.
   */
  writeFile(path: string, text: string): Promise<void>;

  /**
   * Lists the names in a folder, sorted.
   *
   * @param path Absolute path.
   * @throws {KernelError} If it cannot be listed.
   */
  readDirectory(path: string): Promise<string[]>;

  /**
   * Makes a folder and those above it; an existing one is left as it is.
   *
   * @param path Absolute path.
   * @throws {KernelError} If it cannot be made.
   */
  makeDirectory(path: string): Promise<void>;

  /**
   * Makes a symbolic link.
   *
   * @param target What the link points to; it need not exist.
   * @param path Absolute path of the link itself.
   * @throws {KernelError} If it cannot be made, with errno EEXIST where `path` is taken.
   */
  symlink(target: string, path: string): Promise<void>;

  /**
   * Reads what a symbolic link points to, without following it.
   *
   * @param path Absolute path of the link.
   * @throws {KernelError} If there is no such link.
   */
  readLink(path: string): Promise<string>;

  /**
   * Removes a file or a symbolic link.
   *
   * @param path Absolute path.
   * @throws {KernelError} If it cannot be removed, with errno ENOENT where it does not exist.
   */
  unlink(path: string): Promise<void>;
}
