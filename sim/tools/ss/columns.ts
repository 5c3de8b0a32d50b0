/** How a column stands in its lines. */
interface Column {
  readonly header: string;
  /** What separates it from the column before. */
  readonly delimiter: "" | " ";
  readonly isRight: boolean;
}

const COLUMNS: readonly Column[] = [
  { header: "Netid", delimiter: "", isRight: false },
  { header: "State", delimiter: " ", isRight: false },
  { header: "Recv-Q", delimiter: " ", isRight: false },
  { header: "Send-Q", delimiter: " ", isRight: false },
  { header: "Local Address:", delimiter: " ", isRight: true },
  { header: "Port", delimiter: "", isRight: false },
  { header: "Peer Address:", delimiter: " ", isRight: true },
  { header: "Port", delimiter: "", isRight: false },
  { header: "Process", delimiter: "", isRight: false },
];

const NETID = 0;
const STATE = 1;
const LAST = COLUMNS.length - 1;

/** What a listing of sockets leaves out. */
export interface Hidden {
  /** Whether every socket is of one protocol, so that the column needs not be there. */
  readonly netid: boolean;
  /** Whether every socket is in one state. */
  readonly state: boolean;
  /** Whether there is no line of headings. */
  readonly header: boolean;
}

/**
 * Lays a listing out as `ss` does where its output is no terminal: every column as wide as its
 * widest cell. Only the last cell of the last line is not measured.
 *
 * @param rows Nine cells for each socket; the last may have line breaks, and counts as one line.
 * @param hidden What is left out.
 * @returns The whole text.
 */
export function layOut(rows: readonly (readonly string[])[], hidden: Hidden): string {
  const columns = COLUMNS.map((column, index) => ({ ...column, index }))
    .filter(({ index }) => !(index === NETID && hidden.netid))
    .filter(({ index }) => !(index === STATE && hidden.state));
  const heading = hidden.header ? [] : [COLUMNS.map(({ header }) => header)];
  const lines = [...heading, ...rows];
  const laidOut = columns.map((column, position) => {
    const isLast = column.index === LAST;
    const measured = isLast && rows.length > 0 ? lines.slice(0, -1) : lines;
    const longest = Math.max(0, ...measured.map((cells) => cells[column.index]?.length ?? 0));
    const delimiter = position === 0 ? "" : column.delimiter;
    return { ...column, delimiter, width: longest };
  });
  return lines.map((cells) =>
    laidOut.map(({ index, delimiter, isRight, width }) => {
      const cell = cells[index] ?? "";
      return delimiter + (isRight ? cell.padStart(width) : cell.padEnd(width));
    }).join("") + "\n"
  ).join("");
}
