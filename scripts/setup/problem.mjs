/**
 * Something that stands in the way and that a person can mend. It is shown as its sentences alone,
 * never with a stack trace.
 */
export class SetupProblem extends Error {
  /**
   * @param {string | string[]} sentences what is wrong and what to do, a line each
   */
  constructor(sentences) {
    super([sentences].flat().join('\n'));
    this.name = 'SetupProblem';
  }
}
