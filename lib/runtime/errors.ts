/**
 * The one error class of the workspace: a message that names the value, what was allowed and what
 * to do, for the user of the notebook.
 */
export class GradbookError extends Error {
  override name = 'GradbookError';

  /**
   * @param message one or two sentences, lower case, the offending value in it
   * @param code a stable identifier for programs, such as `missing-file` or `bad-shape`
   */
  constructor(
    message: string,
    readonly code: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
