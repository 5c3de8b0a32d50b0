/** The golden angle in degrees: however many hues follow by it, neighbours differ. */
const GOLDEN_ANGLE = 137.508;

/** A colour in red, green and blue, 0 to 255 each. */
export type Rgb = readonly [number, number, number];

/** Colours of containers: each keeps its own for as long as the page is open. */
export class Palette {
  readonly #places = new Map<string, number>();

  /**
   * Gives the colour of a container.
   *
   * @param id The container's id.
   * @param isPale Whether it is for what matters less, such as ephemeral ports.
   * @returns A colour that stands out on dark and on light.
   */
  of(id: string, isPale = false): Rgb {
    const place = this.#places.get(id) ?? this.#places.size;
    this.#places.set(id, place);
    const hue = (210 + place * GOLDEN_ANGLE) % 360;
    return fromHsl(hue, isPale ? 0.45 : 0.7, isPale ? 0.66 : 0.5);
  }
}

/**
 * Writes a colour for style sheets.
 *
 * @param colour The colour.
 */
export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** The usual conversion, https://www.w3.org/TR/css-color-4/#hsl-to-rgb. */
function fromHsl(hue: number, saturation: number, lightness: number): Rgb {
  const amplitude = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
