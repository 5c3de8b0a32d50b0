import * as echarts from "echarts";

/** Points that a line joins. */
export interface Series {
  /** What they are of. */
  readonly name: string;
  /** Each a place on the two axes. */
  readonly points: readonly (readonly [number, number])[];
}

/** What an axis counts. */
export interface Axis {
  /** Words beside it. */
  readonly name: string;
  /** Whether each step is ten times the one before; then no value may be 0. */
  readonly isLogarithmic?: boolean;
}

/** Colours that differ in lightness, too. */
const COLOURS = ["#0b6e4f", "#c8553d", "#4a6fa5", "#8d6a9f"];

/**
 * Draws lines.
 *
 * @param title What they show.
 * @param axes What each axis counts.
 * @param series The lines.
 * @returns The drawing, as SVG.
 */
export function lineChart(
  title: string,
  axes: { readonly x: Axis; readonly y: Axis },
  series: readonly Series[],
): string {
  const size = { width: 760, height: 420 };
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, ...size });
  const axis = ({ name, isLogarithmic = false }: Axis, nameGap: number) => ({
    type: isLogarithmic ? "log" as const : "value" as const,
    name,
    nameGap,
    nameLocation: "middle" as const,
    nameTextStyle: { fontSize: 13, color: "#333" },
    axisLabel: { formatter: (value: number) => value.toLocaleString("en") },
    splitLine: { lineStyle: { color: "#e4e4e4" } },
  });
  chart.setOption({
    animation: false,
    backgroundColor: "#fff",
    color: COLOURS,
    title: { text: title, left: "center", top: 12, textStyle: { fontSize: 16 } },
    legend: { bottom: 8, icon: "roundRect" },
    grid: { left: 90, right: 40, top: 56, bottom: 86 },
    xAxis: axis(axes.x, 30),
    yAxis: axis(axes.y, 66),
    series: series.map(({ name, points }) => ({
      type: "line",
      name,
      symbolSize: 8,
      lineStyle: { width: 2.5 },
      data: points.map(([x, y]) => [x, y]),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
