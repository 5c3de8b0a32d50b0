import type { NetworkNamespace } from "./namespace.ts";

/** A running program, as far as networking knows it: it keeps a namespace alive. */
export class Process {
  /** Its process id on the machine. */
  readonly pid: number;
  /** Name of its program. */
  readonly name: string;
  /** The network namespace it is in. */
  readonly namespace: NetworkNamespace;
  /** Whether it has a mount namespace of its own. */
  readonly hasOwnMounts: boolean;
  /** Whether it still runs. */
  isAlive = true;

  /**
   * @param pid Its process id.
   * @param spec Its program and namespaces.
   */
  constructor(
    pid: number,
    spec: {
      readonly name: string;
      readonly namespace: NetworkNamespace;
      readonly hasOwnMounts: boolean;
    },
  ) {
    this.pid = pid;
    this.name = spec.name;
    this.namespace = spec.namespace;
    this.hasOwnMounts = spec.hasOwnMounts;
  }
}
