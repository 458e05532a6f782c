/**
 * @typedef {{
 *   name: string,
 *   value: string,
 *   problem?: string,
 *   remedy?: string,
 *   fatal?: boolean,
 * }} Check one line of the doctor's: `problem` says what is wrong, `remedy` what to do, and `fatal`
 *   that `npm run report` cannot work like this
 */

/**
 * @param {string} name
 * @param {string | undefined} value undefined when it could not be found
 * @param {string} remedy
 * @returns {Check} fatal when there is no value
 */
export function needed(name, value, remedy) {
  if (value) return { name, value };
  return { name, value: 'missing', problem: `${name} is missing`, remedy, fatal: true };
}
