/**
 * What every shared test case stands on; the demo tells its story on the same.
 *
 * @module
 */

export * from "../../src/cli/demo/world.ts";
