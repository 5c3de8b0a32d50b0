import { cssColour } from "./colours.ts";
import { svg } from "./elements.ts";
import type { OnChoose, Row, View } from "./view.ts";

/** Most containers that are drawn one by one; of more, the first and a box with all others. */
const MOST = 10;

/** Most dots of that box; what is beyond is told as a number. */
const MOST_DOTS = 2000;

const WIDTH = 900;
const LINE = 46;
const BOX_HEIGHT = 34;
const HOST = { x: 240, width: 170 };
const CONTAINER = { x: 590, width: 300 };
const DOT = 7;
const DOTS_A_ROW = Math.floor((CONTAINER.width - 12) / DOT);

/** Signs of a container's ports that fit into its box. */
const FITTING = 40;

/** Draws the outside, the host, the containers and the links between them. */
export class HostPicture {
  readonly #place: HTMLElement;
  readonly #onChoose: OnChoose;
  #drawn = "";

  /**
   * Draws into an element.
   *
   * @param place Where.
   * @param onChoose Hears which container is looked at.
   */
  constructor(place: HTMLElement, onChoose: OnChoose) {
    this.#place = place;
    this.#onChoose = onChoose;
  }

  /** @param view What to show; nothing is drawn anew where it looks the same. */
  show(view: View): void {
    const { host, chosen } = view;
    const looks = JSON.stringify([
      [host, chosen],
      view.rows.map(({ id, pid, ports, status }) => [id, pid, ports, status]),
    ]);
    if (looks === this.#drawn) return;
    this.#drawn = looks;
    const focused = document.activeElement?.getAttribute("data-id");
    this.#place.replaceChildren(this.#picture(view));
    if (!focused) return;
    const again = this.#place.querySelector(`[data-id="${CSS.escape(focused)}"]`);
    if (again instanceof SVGElement) again.focus();
  }

  #picture(view: View): SVGElement {
    const { rows, chosen, host } = view;
    const isFew = rows.length <= MOST + 1;
    const single = isFew ? rows : rows.filter(({ id }, i) => i < MOST - 1 || id === chosen);
    const others = isFew ? [] : rows.filter((row) => !single.includes(row));
    const dotRows = Math.ceil(Math.min(others.length, MOST_DOTS) / DOTS_A_ROW);
    const othersHeight = others.length === 0 ? 0 : 38 + dotRows * DOT;
    const height = Math.max(LINE * single.length + othersHeight, 80) + 8;
    const middle = Math.min(height / 2, 230);
    return svg(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${height}`,
        role: "group",
        "aria-label": `The outside, ${host.eth0}, the host and ${rows.length} containers`,
      },
      ...outside(view, middle),
      ...single.map((row, i) => this.#container(view, row, middle, 4 + LINE * i)),
      ...(others.length === 0 ? [] : this.#others(view, others, middle, 4 + LINE * single.length)),
      box(HOST.x, middle - 30, HOST.width, 60),
      text(HOST.x + HOST.width / 2, middle - 6, "host", "middle strong"),
      text(HOST.x + HOST.width / 2, middle + 15, host.address, "middle"),
    );
  }

  #container({ host, palette, chosen }: View, row: Row, middle: number, y: number): SVGElement {
    const centre = y + BOX_HEIGHT / 2;
    const veth = host.veth_prefix + row.pid;
    const ports = row.ports === "" ? "no ports" : row.ports;
    const shown = ports.length > FITTING ? `${ports.slice(0, FITTING - 1)}…` : ports;
    const isChosen = row.id === chosen;
    const group = svg(
      "g",
      {
        "data-id": row.id,
        tabindex: 0,
        role: "button",
        "aria-label": `${row.id}, ${row.status}, ports ${ports}, link ${veth}`,
        "aria-pressed": String(isChosen),
        class: `container ${row.status}`,
      },
      wire(HOST.x + HOST.width, middle, CONTAINER.x, centre),
      text(CONTAINER.x - 10, centre - 5, veth, "end small"),
      box(CONTAINER.x, y, CONTAINER.width, BOX_HEIGHT),
      svg("rect", {
        ...{ x: CONTAINER.x, y, width: 8, height: BOX_HEIGHT },
        fill: cssColour(palette.of(row.id)),
      }),
      text(CONTAINER.x + 16, y + 14, row.id, "strong"),
      text(CONTAINER.x + 16, y + 28, shown, "small"),
    );
    group.addEventListener("click", () => this.#onChoose(row.id));
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.#onChoose(row.id);
    });
    return group;
  }

  /** One box for many containers, each a dot in its colour. */
  #others({ host, palette }: View, rows: readonly Row[], middle: number, y: number): SVGElement[] {
    const dots = rows.slice(0, MOST_DOTS).map((row, i) => {
      const dot = svg("rect", {
        x: CONTAINER.x + 8 + (i % DOTS_A_ROW) * DOT,
        y: y + 28 + Math.floor(i / DOTS_A_ROW) * DOT,
        width: DOT - 1,
        height: DOT - 1,
        fill: cssColour(palette.of(row.id)),
        class: `dot ${row.status}`,
      }, svg("title", {}, row.id));
      dot.addEventListener("click", () => this.#onChoose(row.id));
      return dot;
    });
    const height = 34 + Math.ceil(dots.length / DOTS_A_ROW) * DOT;
    const centre = y + height / 2;
    const title = `${rows.length.toLocaleString("en")} more containers`;
    return [
      wire(HOST.x + HOST.width, middle, CONTAINER.x, centre, "bundle"),
      text(CONTAINER.x - 10, centre - 8, `${host.veth_prefix}…`, "end small"),
      box(CONTAINER.x, y, CONTAINER.width, height),
      text(CONTAINER.x + 16, y + 19, title, "strong"),
      ...dots,
    ];
  }
}

function outside({ host }: View, middle: number): SVGElement[] {
  return [
    wire(120, middle, HOST.x, middle, "bundle"),
    text((120 + HOST.x) / 2, middle - 8, host.eth0, "middle small"),
    box(6, middle - 24, 114, 48),
    text(63, middle + 5, "outside", "middle strong"),
  ];
}

function box(x: number, y: number, width: number, height: number): SVGElement {
  return svg("rect", { x, y, width, height, rx: 4, class: "box" });
}

function text(x: number, y: number, content: string, kind: string): SVGElement {
  return svg("text", { x, y, class: kind }, content);
}

/** A link; those to the side of the host's middle bend, and end level. */
function wire(x1: number, y1: number, x2: number, y2: number, kind = ""): SVGElement {
  const bend = x1 + (x2 - x1) * 0.4;
  const d = `M${x1} ${y1} C${bend} ${y1} ${x1 + 40} ${y2} ${x1 + 80} ${y2} L${x2} ${y2}`;
  return svg("path", { d, class: `wire ${kind}` });
}
