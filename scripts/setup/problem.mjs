/**
 * An error that the user can fix. It is shown as its sentences only, without a stack trace.
 */
export class SetupProblem extends Error {
  /**
   * @param {string | string[]} sentences the problem and what to do, one line each
   */
  constructor(sentences) {
    super([sentences].flat().join('\n'));
    this.name = 'SetupProblem';
  }
}
