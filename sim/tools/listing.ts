/** A value that JSON can hold. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * What a command lists: text, or with `-j` JSON with the same content. Every method does the one
 * or the other.
 */
export class Listing {
  readonly isJson: boolean;
  readonly #text: string[] = [];
  readonly #items: Json[] = [];
  #open: { [key: string]: Json }[] = [];

  /** @param isJson Whether it is to be JSON. */
  constructor(isJson: boolean) {
    this.isJson = isJson;
  }

  /** Begins an element of the listing. */
  begin(): void {
    this.#open = [{}];
  }

  /** Ends the element. */
  end(): void {
    const [item] = this.#open;
    if (item !== undefined) this.#items.push(item);
    this.#open = [];
  }

  /**
   * @param key Name of an object in the element, which takes all fields up to {@linkcode leave}.
   */
  enter(key: string): void {
    const inner = {};
    this.json(key, inner);
    this.#open.push(inner);
  }

  /** Ends the inner object. */
  leave(): void {
    this.#open.pop();
  }

  /** @param text Appears in text alone. */
  text(text: string): void {
    if (!this.isJson) this.#text.push(text);
  }

  /** @param key A field of the current object. @param value Its value; appears in JSON alone. */
  json(key: string, value: Json): void {
    const object = this.#open.at(-1);
    if (this.isJson && object !== undefined) object[key] = value;
  }

  /** @param key A list in the current object. @param value An element more; in JSON alone. */
  append(key: string, value: Json): void {
    const list = this.#open.at(-1)?.[key];
    if (this.isJson && Array.isArray(list)) list.push(value);
  }

  /**
   * @param key Name of the field in JSON.
   * @param value Its value there.
   * @param text What stands in text instead.
   */
  field(key: string, value: Json, text: string): void {
    if (this.isJson) this.json(key, value);
    else this.#text.push(text);
  }

  /** @returns The whole listing, JSON with a line break behind it. */
  finish(): string {
    return this.isJson ? `${JSON.stringify(this.#items)}\n` : this.#text.join("");
  }
}
