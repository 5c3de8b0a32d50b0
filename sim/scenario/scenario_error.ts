/** A scenario that cannot be run: where in its file, and what is wrong there. */
export class ScenarioError extends SyntaxError {
  /** Place in the file, such as `flows[2].to`; empty for the file as a whole. */
  readonly path: string;

  /**
   * @param path Place in the file.
   * @param message What is wrong there and what to do.
   */
  constructor(path: string, message: string) {
    super(path === "" ? message : `${path}: ${message}`);
    this.name = "ScenarioError";
    this.path = path;
  }
}

/**
 * Writes a path as people write it in JavaScript.
 *
 * @param keys Names of members and numbers of items.
 */
export function formatPath(keys: readonly PropertyKey[]): string {
  return keys.map((key, i) => {
    if (typeof key === "number") return `[${key}]`;
    return i === 0 ? String(key) : `.${String(key)}`;
  }).join("");
}
