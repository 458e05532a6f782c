const colours = Boolean(process.stdout.isTTY) && !process.env['NO_COLOR'];
const live = colours && !process.env['CI'];
let quiet = false;

/** @param {boolean} value whether only problems are to be shown */
export function setQuiet(value) {
  quiet = value;
}

/**
 * @param {string} text
 * @param {'green' | 'red' | 'yellow' | 'dim'} colour
 * @returns {string} the text, coloured where a terminal shows it
 */
export function coloured(text, colour) {
  if (!colours) return text;
  const code = { green: 32, red: 31, yellow: 33, dim: 2 }[colour];
  return `\u001b[${code}m${text}\u001b[0m`;
}

/**
 * @typedef {string | { warning: string } | undefined} Remark a remark of a step: shown beside its
 *   time, or as a warning below it
 */

/** @param {string} line */
export function say(line) {
  if (!quiet) process.stdout.write(`${line}\n`);
}

/** @param {number} start from `performance.now()` */
export function secondsSince(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/** @type {Map<string, number>} the steps that are running, and when each began */
const running = new Map();

function drawRunning() {
  const names = [...running.keys()].join(', ');
  process.stdout.write(
    `\r\u001b[K  … ${names.padEnd(34)}${secondsSince(Math.min(...running.values()))}`,
  );
}

/** @type {NodeJS.Timeout | undefined} */
let timer;

/**
 * Shows a step while it runs: on a terminal one line with all running steps and the elapsed
 * seconds, elsewhere a first and a last line of each.
 *
 * @param {string} name
 * @param {() => Promise<Remark>} work
 */
export async function showStep(name, work) {
  const start = performance.now();
  const line = (/** @type {string} */ mark) => `  ${mark} ${name.padEnd(34)}${secondsSince(start)}`;
  running.set(name, start);
  if (live && !quiet) {
    timer ??= setInterval(drawRunning, 200);
  } else {
    say(`  … ${name}`);
  }
  const end = (/** @type {string} */ text) => {
    running.delete(name);
    if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    say(`${live ? '\r\u001b[K' : ''}${text}`);
  };
  try {
    const remark = await work();
    if (typeof remark === 'object') {
      end(line(coloured('!', 'yellow')));
      console.warn(`    ${remark.warning}`);
    } else {
      end(line(coloured('✓', 'green')) + (remark ? coloured(`  ${remark}`, 'dim') : ''));
    }
  } catch (error) {
    end(line(coloured('✗', 'red')));
    throw error;
  }
}
