import { PortOwners, PORTS } from "./port_owners.ts";
import type { OnChoose, View } from "./view.ts";

/** Ports in a row, and rows. */
const SIDE = 256;

/** Keys that move on the map: how many ports each goes on. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowLeft: -1,
  ArrowDown: SIDE,
  ArrowUp: -SIDE,
  PageDown: 16 * SIDE,
  PageUp: -16 * SIDE,
  Home: -PORTS,
  End: PORTS,
};

/** How much of the others' colours is left beside the chosen container's, of 255. */
const OTHERS_ALPHA = 120;

/** Width of the frame around the chosen container's ports, in pixels of the canvas. */
const FRAME = 2;

/** Cells in one row of the map. */
interface Run {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** A canvas on which every port is a cell in its owner's colour. */
export class PortMap {
  readonly #canvas: HTMLCanvasElement;
  readonly #readOut: HTMLElement;
  readonly #cells = new OffscreenCanvas(SIDE, SIDE);
  readonly #onChoose: OnChoose;
  #view: View | undefined;
  #owners = new PortOwners([]);
  #port: number | undefined;

  /**
   * Draws on a canvas.
   *
   * @param canvas The canvas, a multiple of 256 wide and high.
   * @param readOut Where the chosen port's owner is told.
   * @param onChoose Hears whose port was clicked, or entered.
   */
  constructor(canvas: HTMLCanvasElement, readOut: HTMLElement, onChoose: OnChoose) {
    this.#canvas = canvas;
    this.#readOut = readOut;
    this.#onChoose = onChoose;
    canvas.addEventListener("pointermove", (event) => this.#point(event));
    canvas.addEventListener("click", () => this.#choose());
    canvas.addEventListener("keydown", (event) => this.#press(event));
  }

  /** @param view What to show. */
  show(view: View): void {
    this.#view = view;
    this.#owners = new PortOwners(view.rows);
    this.#paintCells(view);
    this.#draw();
  }

  #paintCells({ rows, palette, chosen }: View): void {
    const image = new ImageData(SIDE, SIDE);
    for (let port = 0; port < PORTS; port++) {
      const owner = this.#owners.at(port);
      const row = owner === undefined ? undefined : rows[owner.index];
      if (owner === undefined || row === undefined) continue;
      const [red, green, blue] = palette.of(row.id, owner.isEphemeral);
      const alpha = chosen === undefined || row.id === chosen ? 255 : OTHERS_ALPHA;
      image.data.set([red, green, blue, alpha], 4 * port);
    }
    this.#cells.getContext("2d")?.putImageData(image, 0, 0);
  }

  #draw(): void {
    const { width, height } = this.#canvas;
    const paper = this.#canvas.getContext("2d");
    if (paper === null) return;
    paper.imageSmoothingEnabled = false;
    paper.clearRect(0, 0, width, height);
    paper.drawImage(this.#cells, 0, 0, width, height);
    this.#frameChosen(paper);
    if (this.#port === undefined) return;
    const size = width / SIDE;
    const [x, y] = [(this.#port % SIDE) * size, Math.floor(this.#port / SIDE) * size];
    paper.lineWidth = 2;
    paper.strokeStyle = getComputedStyle(this.#canvas).color;
    paper.strokeRect(x - 3, y - 3, size + 6, size + 6);
    this.#readOut.textContent = this.#said(this.#port);
  }

  /** Frames the ports of the chosen container: first what is around them, then they themselves. */
  #frameChosen(paper: CanvasRenderingContext2D): void {
    const size = this.#canvas.width / SIDE;
    const runs = [...this.#chosenRuns()];
    paper.fillStyle = getComputedStyle(this.#canvas).color;
    for (const { x, y, width } of runs) {
      const [left, top] = [x * size - FRAME, y * size - FRAME];
      paper.fillRect(left, top, width * size + 2 * FRAME, size + 2 * FRAME);
    }
    for (const { x, y, width } of runs) {
      paper.drawImage(this.#cells, x, y, width, 1, x * size, y * size, width * size, size);
    }
  }

  *#chosenRuns(): Generator<Run> {
    const { rows = [], chosen } = this.#view ?? {};
    const isChosen = (port: number) => {
      const owner = this.#owners.at(port);
      return owner !== undefined && rows[owner.index]?.id === chosen;
    };
    for (let port = 0; port < PORTS; port++) {
      if (!isChosen(port)) continue;
      const [x, y] = [port % SIDE, Math.floor(port / SIDE)];
      let width = 1;
      while (x + width < SIDE && isChosen(port + width)) width++;
      yield { x, y, width };
      port += width - 1;
    }
  }

  #said(port: number): string {
    const owner = this.#owners.at(port);
    const row = owner === undefined ? undefined : this.#view?.rows[owner.index];
    if (owner === undefined || row === undefined) return `Port ${port}: no container's`;
    const ephemeral = row.ephemeral_ports;
    return owner.isEphemeral && ephemeral !== undefined
      ? `Port ${port}: ${row.id}, ephemeral ${ephemeral.begin}-${ephemeral.end}`
      : `Port ${port}: ${row.id}, asked for`;
  }

  #point({ offsetX, offsetY }: PointerEvent): void {
    const { clientWidth, clientHeight } = this.#canvas;
    const column = Math.floor((offsetX / clientWidth) * SIDE);
    const row = Math.floor((offsetY / clientHeight) * SIDE);
    if (column < 0 || column >= SIDE || row < 0 || row >= SIDE) return;
    this.#port = row * SIDE + column;
    this.#draw();
  }

  #press(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (event.key === "Enter" || event.key === " ") this.#choose();
    else if (step === undefined) return;
    else {
      const from = this.#port ?? this.#firstPort() - step;
      this.#port = Math.max(0, Math.min(PORTS - 1, from + step));
      this.#draw();
    }
    event.preventDefault();
  }

  /** The first port that is anybody's, where the keys begin. */
  #firstPort(): number {
    for (let port = 0; port < PORTS; port++) if (this.#owners.at(port)) return port;
    return 0;
  }

  #choose(): void {
    const owner = this.#port === undefined ? undefined : this.#owners.at(this.#port);
    const row = owner === undefined ? undefined : this.#view?.rows[owner.index];
    if (row !== undefined) this.#onChoose(row.id);
  }
}
