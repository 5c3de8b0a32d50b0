import type { Tool } from "../../src/kernel/kernel_network.ts";
import { Refusal, strerror } from "../model/refusal.ts";
import { NotModelled } from "./not_modelled.ts";

/** Exit status of a tool that calls C's `exit(-1)`: wrong words. */
export const STATUS_USAGE = 255;
/** Status of a command that failed before it asked the kernel. */
export const STATUS_FAILED = 1;
/** Status of a command that the kernel refused. */
export const STATUS_REFUSED = 2;

/** The tool ends here and now, in the middle of a batch too. */
export class ToolExit extends Error {
  /** @param status Its exit status. */
  constructor(readonly status: number) {
    super(`exit ${status}`);
    this.name = "ToolExit";
  }
}

/** One command fails; a batch may go on. */
export class CommandFailed extends Error {
  /** @param status What the command's function returns, as a positive number. */
  constructor(readonly status: number) {
    super(`failed with ${status}`);
    this.name = "CommandFailed";
  }
}

/** What a running tool writes, and the ways in which it can give up. */
export class Console {
  readonly #tool: Tool;
  readonly #out: string[] = [];
  readonly #err: string[] = [];

  /** @param tool The tool that runs. */
  constructor(tool: Tool) {
    this.#tool = tool;
  }

  /** The tool that runs. */
  get tool(): Tool {
    return this.#tool;
  }

  /** All it has written to standard output. */
  get stdout(): string {
    return this.#out.join("");
  }

  /** All it has written to standard error. */
  get stderr(): string {
    return this.#err.join("");
  }

  /** @param text For standard output. */
  print(text: string): void {
    this.#out.push(text);
  }

  /** @param text For standard error. */
  complain(text: string): void {
    this.#err.push(text);
  }

  /**
   * Ends the tool.
   *
   * @param text Why, for standard error.
   * @param status Its exit status.
   */
  exit(text: string, status: number = STATUS_USAGE): never {
    this.complain(text);
    throw new ToolExit(status);
  }

  /**
   * Ends the command.
   *
   * @param text Why, for standard error.
   * @param status What it returns.
   */
  fail(text: string, status: number = STATUS_FAILED): never {
    this.complain(text);
    throw new CommandFailed(status);
  }

  /** @param message What is wrong with a word, as the tool says it. @param word The word. */
  wrongArgument(message: string, word: string): never {
    return this.exit(`Error: argument "${word}" is wrong: ${message}\n`);
  }

  /** @param key What was given twice. @param word The second value. */
  duplicate(key: string, word: string): never {
    return this.exit(`Error: duplicate "${key}": "${word}" is the second value.\n`);
  }

  /** @param key What was perhaps given twice. @param word The word that does not fit. */
  duplicateOrGarbage(key: string, word: string): never {
    return this.exit(`Error: either "${key}" is duplicate, or "${word}" is a garbage.\n`);
  }

  /** A word was expected where the command ends. */
  incomplete(): never {
    return this.exit('Command line is not complete. Try option "help"\n');
  }

  /** @param name Name of a link that is not there. */
  noDevice(name: string): never {
    return this.fail(`Cannot find device "${name}"\n`);
  }

  /** @param what What the simulator does not know. */
  notModelled(what: string): never {
    throw new NotModelled(this.#tool, what);
  }

  /**
   * Lets the kernel do something; a refusal ends the command as the tools report it.
   *
   * @param act What the kernel is asked to do.
   * @param status What the command returns if the kernel refuses.
   */
  ask<T>(act: () => T, status: number = STATUS_REFUSED): T {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.fail(refusalText(error), status);
    }
  }
}

/**
 * The tools' words for a kernel's refusal.
 *
 * @param refusal What the kernel said.
 * @returns One line, with its line break.
 */
export function refusalText(refusal: Refusal): string {
  if (refusal.extack === undefined) return `RTNETLINK answers: ${strerror(refusal.errno)}\n`;
  return `Error: ${refusal.extack}${refusal.extack.endsWith(".") ? "" : "."}\n`;
}
