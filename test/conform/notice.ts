import type { Machine } from "../../sim/model/machine.ts";
import type { NetworkNamespace } from "../../sim/model/namespace.ts";
import { findNamespace, HANDLE_FOLDER } from "../../sim/tools/named_namespace.ts";

/** Links of a namespace to ask for: a kernel notices then what became of their carriers. */
export interface Noticed {
  /** The namespace's name; undefined for that of the sequence itself. */
  readonly namespace: string | undefined;
  readonly links: readonly string[];
}

/** What a command did that a real kernel comes to know a moment later. */
export interface Aftermath {
  /** Links to ask for; none where no link came, went or changed its state. */
  readonly noticed: readonly Noticed[];
  /** Whether a namespace ended. */
  readonly endsNamespaces: boolean;
}

/** Finds out what each command of a sequence did to a simulated machine's links. */
export class LinkWatch {
  readonly #machine: Machine;
  #links = "";
  #namespaceCount = 0;

  /** @param machine The machine, before the first command. */
  constructor(machine: Machine) {
    this.#machine = machine;
    this.look();
  }

  /** @returns What happened since this was asked the last time. */
  look(): Aftermath {
    const namespaces = [...this.#machine.namespaces];
    const [links, count] = [this.#links, this.#namespaceCount];
    this.#links = namespaces.flatMap((namespace) =>
      namespace.links.map((link) =>
        [namespace.inode, link.index, link.name, link.isUp, link.hasCarrier].join(" ")
      )
    ).join();
    this.#namespaceCount = namespaces.length;
    return {
      noticed: links === this.#links ? [] : this.#allLinks(),
      endsNamespaces: this.#namespaceCount < count,
    };
  }

  #allLinks(): Noticed[] {
    const { home, files } = this.#machine;
    const folder = files.find(HANDLE_FOLDER) === undefined
      ? []
      : files.readDirectory(HANDLE_FOLDER);
    const named = folder.toSorted().flatMap((name) => {
      const found = findNamespace(this.#machine, name);
      return found instanceof Error ? [] : [{ namespace: name, links: linksOf(found) }];
    });
    return [{ namespace: undefined, links: linksOf(home) }, ...named];
  }
}

function linksOf({ links }: NetworkNamespace): string[] {
  return links.filter(({ kind }) => kind !== "loopback").map(({ name }) => name);
}
