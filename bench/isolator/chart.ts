import * as echarts from "echarts";

/** Points that a line joins. */
export interface Series {
  /** What they are of. */
  readonly name: string;
  /** Each a place on the two axes. */
  readonly points: readonly (readonly [number, number])[];
}

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
  axes: { readonly x: string; readonly y: string },
  series: readonly Series[],
): string {
  const size = { width: 720, height: 400 };
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, ...size });
  chart.setOption({
    backgroundColor: "#fff",
    title: { text: title, left: "center" },
    legend: { bottom: 0 },
    grid: { left: 90, right: 40, bottom: 80 },
    xAxis: { type: "value", name: axes.x, nameLocation: "middle", nameGap: 28 },
    yAxis: { type: "value", name: axes.y, nameLocation: "middle", nameGap: 70 },
    series: series.map(({ name, points }) => ({
      type: "line",
      name,
      data: points.map(([x, y]) => [x, y]),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
