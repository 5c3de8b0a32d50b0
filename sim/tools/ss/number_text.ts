/**
 * Spells a number as C's `%g` does: six digits that count, no zeros behind them.
 *
 * @param value The number.
 */
export function shortNumber(value: number): string {
  if (value === 0) return "0";
  const exponent = Number(value.toExponential(5).split("e")[1]);
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)));
  const mantissa = String(Number(value.toExponential(5).split("e")[0]));
  const digits = String(Math.abs(exponent)).padStart(2, "0");
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
}

/**
 * Spells a number as C's `%.0f` does: a half goes to the even neighbour.
 *
 * @param value The number, 0 or more.
 */
export function wholeNumber(value: number): string {
  const floor = Math.floor(value);
  const isHalf = value - floor === 0.5;
  return BigInt(isHalf ? floor + floor % 2 : Math.round(value)).toString();
}

/**
 * Spells a time as `ss` spells those of timers, such as `1min12sec` or `632ms`.
 *
 * @param totalMs Milliseconds, 0 or more.
 */
export function timerText(totalMs: number): string {
  const minutes = Math.floor(totalMs / 60_000);
  const seconds = minutes > 9 ? 0 : Math.floor(totalMs / 1000) % 60;
  const milliseconds = minutes > 0 || seconds > 9 ? 0 : totalMs % 1000;
  const parts = [
    minutes > 0 ? `${minutes}min` : "",
    seconds > 0 ? `${seconds}${milliseconds > 0 ? "." : "sec"}` : "",
    milliseconds > 0 ? `${String(milliseconds).padStart(3, "0")}ms` : "",
  ];
  return parts.join("");
}
