import type { Container, ContainerUsage, HostFacts } from "./agent_client.ts";
import type { Palette } from "./colours.ts";

/** A container and how fast its counters grow. */
export interface Row extends Container {
  /** Bytes that it receives per second. */
  readonly rxRate: number | undefined;
  /** Bytes that it sends per second. */
  readonly txRate: number | undefined;
  /** Packets to it or of it that its link dropped so far. */
  readonly dropped: number | undefined;
}

/** What the page shows at one moment. */
export interface View {
  readonly host: HostFacts;
  readonly rows: readonly Row[];
  /** Id of the container that is looked at; undefined where there is none. */
  readonly chosen: string | undefined;
  readonly palette: Palette;
}

/** The container that is looked at. */
export interface Chosen {
  readonly row: Row;
  readonly usage: ContainerUsage;
}

/** Hears that another container is looked at. */
export type OnChoose = (id: string) => void;
