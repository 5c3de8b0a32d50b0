import { cssColour } from "./colours.ts";
import { COLUMNS, matchingRows, type Order, sortedRows } from "./columns.ts";
import { html } from "./elements.ts";
import type { OnChoose, Row, View } from "./view.ts";

/** Keys that move in the table: how many rows each goes on. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity,
};

/** The table of containers: one row a container, kept between updates so that focus stays. */
export class ContainerTable {
  readonly #head = html("tr");
  readonly #body = html("tbody");
  readonly #lines = new Map<string, HTMLTableRowElement>();
  readonly #count: HTMLElement;
  readonly #onChoose: OnChoose;
  #order: Order = { title: "Container", isDescending: false };
  #filter = "";
  #view: View | undefined;

  /**
   * Puts a table into the page.
   *
   * @param place Where.
   * @param filter The field with what is looked for.
   * @param count Where the number of rows is told.
   * @param onChoose Hears which container is looked at.
   */
  constructor(
    place: HTMLElement,
    filter: HTMLInputElement,
    count: HTMLElement,
    onChoose: OnChoose,
  ) {
    this.#count = count;
    this.#onChoose = onChoose;
    place.append(html("table", {}, html("thead", {}, this.#head), this.#body));
    this.#head.append(...COLUMNS.map(({ title, isFigure }) => {
      const button = html("button", { type: "button" }, title);
      button.addEventListener("click", () => this.#sort(title));
      return html("th", { scope: "col", class: isFigure ? "figure" : undefined }, button);
    }));
    filter.addEventListener("input", () => {
      this.#filter = filter.value;
      this.#draw();
    });
    this.#body.addEventListener("click", (event) => this.#choose(event.target));
    this.#body.addEventListener("keydown", (event) => this.#press(event));
  }

  /** @param view What to show. */
  show(view: View): void {
    this.#view = view;
    this.#draw();
  }

  #sort(title: string): void {
    const column = COLUMNS.find((each) => each.title === title);
    const isAgain = this.#order.title === title;
    const isDescending = isAgain ? !this.#order.isDescending : column?.isFigure === true;
    this.#order = { title, isDescending };
    this.#draw();
  }

  #draw(): void {
    if (this.#view === undefined) return;
    const { rows, chosen } = this.#view;
    const shown = sortedRows(matchingRows(rows, this.#filter), this.#order);
    const isThere = new Set(rows.map(({ id }) => id));
    for (const id of this.#lines.keys()) if (!isThere.has(id)) this.#lines.delete(id);
    const lines = shown.map((row) => this.#line(row, row.id === chosen));
    const focus = document.activeElement;
    if (
      lines.some((line, i) => this.#body.rows[i] !== line) ||
      lines.length !== this.#body.rows.length
    ) {
      this.#body.replaceChildren(...lines);
      if (focus instanceof HTMLTableRowElement && focus.isConnected) focus.focus();
    }
    if (!lines.some((line) => line.tabIndex === 0) && lines[0]) lines[0].tabIndex = 0;
    this.#count.textContent = shown.length === rows.length
      ? `${rows.length} containers`
      : `${shown.length} of ${rows.length} containers`;
    [...this.#head.cells].forEach((cell, i) => {
      const { title, isDescending } = this.#order;
      const direction = isDescending ? "descending" : "ascending";
      cell.setAttribute("aria-sort", COLUMNS[i]?.title === title ? direction : "none");
    });
  }

  #line(row: Row, isChosen: boolean): HTMLTableRowElement {
    const line = this.#lines.get(row.id) ?? this.#newLine(row.id);
    COLUMNS.forEach(({ text }, i) => {
      const cell = line.cells[i]?.lastChild;
      const now = text(row);
      if (cell && cell.textContent !== now) cell.textContent = now;
    });
    line.tabIndex = isChosen ? 0 : -1;
    line.dataset["status"] = row.status;
    line.setAttribute("aria-selected", String(isChosen));
    return line;
  }

  #newLine(id: string): HTMLTableRowElement {
    const line = html("tr", { "data-id": id });
    line.append(...COLUMNS.map(({ isFigure }, i) => {
      if (i > 0) return html("td", { class: isFigure ? "figure" : undefined }, "");
      const swatch = html("span", { class: "swatch", "aria-hidden": "true" });
      if (this.#view) swatch.style.background = cssColour(this.#view.palette.of(id));
      return html("th", { scope: "row" }, swatch, html("span"));
    }));
    this.#lines.set(id, line);
    return line;
  }

  #press(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    const line = document.activeElement;
    if (!(line instanceof HTMLTableRowElement)) return;
    if (event.key === "Enter" || event.key === " ") this.#choose(line);
    else if (step === undefined) return;
    else {
      const lines = [...this.#body.rows];
      const next = Math.max(0, Math.min(lines.length - 1, lines.indexOf(line) + step));
      lines[next]?.focus();
      this.#choose(lines[next]);
    }
    event.preventDefault();
  }

  #choose(target: EventTarget | null | undefined): void {
    const line = target instanceof Element ? target.closest("tr") : null;
    const id = line?.dataset["id"];
    if (id !== undefined) this.#onChoose(id);
  }
}
