import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import { html } from "./elements.ts";
import type { History } from "./rates.ts";

/** What a chart shows. */
export interface ChartOptions {
  readonly title: string;
  /** The lines, in the order of the history's; each has a colour of the style sheet. */
  readonly lines: readonly { readonly label: string; readonly colour: string }[];
  /** The least that the chart's height stands for, so that rest looks like rest. */
  readonly least: number;
  /** Writes a value. */
  readonly format: (value: number | undefined) => string;
}

const HEIGHT = 150;

/** Room for the values beside the chart, in pixels. */
const AXIS_WIDTH = 84;

/** How much time a chart shows. */
const SPAN_SECONDS = 300;

/** Writes a time of the day, from seconds since 1970. */
function clock(atSeconds: number): string {
  return new Date(atSeconds * 1000).toLocaleTimeString("en-GB");
}

/** A chart of values over time. */
export class Chart {
  readonly #figure: HTMLElement;
  readonly #options: ChartOptions;
  readonly #caption = html("figcaption");
  #plot: uPlot | undefined;
  #data: uPlot.AlignedData = [[]];

  /**
   * Puts a chart into the page.
   *
   * @param place Where.
   * @param options What it shows.
   */
  constructor(place: HTMLElement, options: ChartOptions) {
    this.#options = options;
    const { title } = options;
    this.#figure = html("figure", { role: "img", "aria-label": title });
    this.#figure.append(html("h3", {}, title), this.#caption);
    place.append(this.#figure);
    new ResizeObserver(() => this.#resize()).observe(this.#figure);
  }

  /** @param history The values. */
  show(history: History): void {
    this.#data = history.data;
    this.#plot ??= this.#create();
    this.#plot.setData(this.#data);
    this.#say();
  }

  /** Draws in the colours of now. */
  recolour(): void {
    if (this.#plot === undefined) return;
    this.#plot.destroy();
    this.#plot = this.#create();
  }

  /** Writes the values at the pointer, or the latest. */
  #say(): void {
    const { title, lines, format } = this.#options;
    const at = this.#plot?.cursor.idx ?? this.#data[0].length - 1;
    const values = lines.map((line, i) => ({
      ...line,
      text: `${line.label} ${format(this.#data[i + 1]?.[at] ?? undefined)}`,
    }));
    this.#caption.replaceChildren(...values.map(({ colour, text }) => {
      return html("span", { class: `line ${colour.slice(2)}` }, text);
    }));
    this.#figure.setAttribute(
      "aria-label",
      `${title}: ${values.map(({ text }) => text).join(", ")}`,
    );
  }

  #resize(): void {
    this.#plot?.setSize({ width: this.#figure.clientWidth, height: HEIGHT });
  }

  #create(): uPlot {
    const { lines, format, least } = this.#options;
    const style = getComputedStyle(this.#figure);
    const ink = style.getPropertyValue("--ink");
    const grid = { stroke: style.getPropertyValue("--rule"), width: 1 };
    const axis = { stroke: ink, grid, ticks: grid };
    const say = (value: number | null | undefined) => format(value ?? undefined);
    return new uPlot(
      {
        legend: { show: false },
        hooks: { setCursor: [() => this.#say()] },
        width: Math.max(this.#figure.clientWidth, 200),
        height: HEIGHT,
        cursor: { y: false },
        scales: {
          x: { range: (_plot, _least, last) => [last - SPAN_SECONDS, last] },
          y: { range: (_plot, _least, most) => [0, Math.max(most ?? 0, least) * 1.1] },
        },
        axes: [
          { ...axis, space: 90, values: (_plot, ticks) => ticks.map(clock) },
          { ...axis, size: AXIS_WIDTH, space: 28, values: (_plot, ticks) => ticks.map(say) },
        ],
        series: [
          {},
          ...lines.map(({ label, colour }) => ({
            label,
            stroke: style.getPropertyValue(colour),
            width: 2,
          })),
        ],
      },
      this.#data,
      this.#figure,
    );
  }
}
