/**
 * @typedef {{
 *   name: string,
 *   value: string,
 *   problem?: string,
 *   remedy?: string,
 *   fatal?: boolean,
 * }} Check one line of the doctor's output: the `problem`, its `remedy`, and whether it is `fatal`
 * for `npm run report`
 */

/**
 * @param {string} name
 * @param {string | undefined} value undefined when it was not found
 * @param {string} remedy
 * @returns {Check} fatal when there is no value
 */
export function needed(name, value, remedy) {
  if (value) return { name, value };
  return { name, value: 'missing', problem: `${name} is missing`, remedy, fatal: true };
}
