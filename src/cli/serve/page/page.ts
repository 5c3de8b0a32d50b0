import "./page.css";
import {
  AgentClient,
  type Container,
  type ContainerUsage,
  type HostFacts,
  RefusedError,
} from "./agent_client.ts";
import { Charts } from "./charts.ts";
import { Palette } from "./colours.ts";
import { ContainerTable } from "./container_table.ts";
import { find } from "./elements.ts";
import { showFacts } from "./facts.ts";
import { bitRate } from "./format.ts";
import { HostPicture } from "./host_picture.ts";
import { PortMap } from "./port_map.ts";
import { type Counters, ratesBetween } from "./rates.ts";
import { startTheme } from "./theme.ts";
import type { Row, View } from "./view.ts";

/** How long the page waits between two looks, in milliseconds. */
const INTERVAL_MS = 2000;

const UNAUTHORIZED = 401;

/** The page: it looks at the agent again and again, and shows what it saw. */
class Page {
  readonly #client = new AgentClient();
  readonly #palette = new Palette();
  readonly #summary = find("summary", HTMLElement);
  readonly #trouble = find("trouble", HTMLElement);
  readonly #tokenForm = find("token-form", HTMLFormElement);
  readonly #charts = new Charts(find("charts", HTMLElement));
  readonly #table: ContainerTable;
  readonly #map: PortMap;
  readonly #picture: HostPicture;
  readonly #before = new Map<string, Counters>();
  #host: HostFacts | undefined;
  #rows: readonly Row[] = [];
  #chosen: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const choose = (id: string) => this.#choose(id);
    const filter = find("filter", HTMLInputElement);
    const count = find("count", HTMLElement);
    const canvas = find("ports", HTMLCanvasElement);
    this.#table = new ContainerTable(find("table", HTMLElement), filter, count, choose);
    this.#map = new PortMap(canvas, find("port-owner", HTMLElement), choose);
    this.#picture = new HostPicture(find("picture", HTMLElement), choose);
    startTheme(find("theme", HTMLButtonElement), () => {
      this.#charts.recolour();
      this.#draw();
    });
    this.#tokenForm.addEventListener("submit", (event) => {
      event.preventDefault();
      const field = find("token", HTMLInputElement);
      this.#client.token = field.value;
      field.value = "";
      this.look();
    });
  }

  /** Looks at the agent, now and from now on. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#lookOnce();
      this.#trouble.hidden = true;
      this.#tokenForm.hidden = true;
    } catch (error) {
      this.#tell(error);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), INTERVAL_MS);
  }

  async #lookOnce(): Promise<void> {
    this.#host ??= await this.#client.host();
    const containers = await this.#client.containers();
    const nowMs = performance.now();
    this.#rows = containers.map((container) => this.#row(container, nowMs));
    const isThere = new Set(containers.map(({ id }) => id));
    for (const id of this.#before.keys()) if (!isThere.has(id)) this.#before.delete(id);
    if (!this.#rows.some(({ id }) => id === this.#chosen)) this.#chosen = this.#rows[0]?.id;
    this.#draw();
    await this.#lookAtChosen(true);
  }

  #row(container: Container, atMs: number): Row {
    const { id, rx_bytes: rx, tx_bytes: tx, rx_dropped, tx_dropped } = container;
    const counters = { atMs, values: { rx, tx } };
    const rates = ratesBetween(this.#before.get(id), counters);
    this.#before.set(id, counters);
    const isTold = rx_dropped !== undefined && tx_dropped !== undefined;
    const dropped = isTold ? rx_dropped + tx_dropped : undefined;
    return { ...container, rxRate: rates["rx"], txRate: rates["tx"], dropped };
  }

  #choose(id: string): void {
    this.#chosen = id;
    this.#draw();
    this.#lookAtChosen(false).catch((error) => this.#tell(error));
  }

  /** Shows the container that is looked at; a moment of the charts only where time has passed. */
  async #lookAtChosen(isMoment: boolean): Promise<void> {
    const id = this.#chosen;
    const usage = id === undefined ? undefined : await this.#usage(id);
    const row = this.#rows.find((each) => each.id === id);
    if (id !== this.#chosen) return;
    const chosen = row === undefined || usage === undefined ? undefined : { row, usage };
    showFacts(find("facts", HTMLElement), chosen);
    if (isMoment) this.#charts.add(this.#rows, chosen, Date.now());
  }

  /** A container may have gone since it was listed, which is no trouble. */
  async #usage(id: string): Promise<ContainerUsage | undefined> {
    try {
      return await this.#client.usage(id);
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404) return undefined;
      throw error;
    }
  }

  #draw(): void {
    if (this.#host === undefined) return;
    const rows = this.#rows;
    const view: View = { host: this.#host, rows, chosen: this.#chosen, palette: this.#palette };
    const total = (rate: (row: Row) => number | undefined) =>
      bitRate(rows.reduce((sum, row) => sum + (rate(row) ?? 0), 0));
    this.#summary.textContent = `${rows.length.toLocaleString("en")} containers at ` +
      `${this.#host.address}; they receive ${total((row) => row.rxRate)} ` +
      `and send ${total((row) => row.txRate)}`;
    this.#picture.show(view);
    this.#map.show(view);
    this.#table.show(view);
  }

  #tell(error: unknown): void {
    const isRefused = error instanceof RefusedError;
    this.#trouble.hidden = false;
    this.#tokenForm.hidden = !(isRefused && error.status === UNAUTHORIZED);
    this.#trouble.textContent = isRefused
      ? `The agent refused: ${error.message}.`
      : "The agent does not answer. What you see is old; start “berth serve” again.";
  }
}

await new Page().look();
