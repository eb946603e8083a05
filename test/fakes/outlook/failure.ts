/** How the stand-in says no. */

/** An answer that the vendor documents: `{"error":{"code","message"}}`. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What no page knows: recorded, and answered with 400. */
export class Undocumented extends Error {}

export const missing = (): Failure =>
  new Failure(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
