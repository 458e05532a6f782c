import { parseArgs } from 'node:util';
import { GradbookError, inWorkspace } from '../../runtime';
import { cardsHere } from './cards';
import { defaultJobs } from './default-jobs';
import { parseAssignment } from './parameter-values';

export type Verbosity = 'quiet' | 'normal' | 'verbose' | 'json';

export const profiles = ['smoke', 'quick', 'full'] as const;
export type Profile = (typeof profiles)[number];

/** Options of `npm run report`. */
export interface ReportOptions {
  /** Names or files; empty for all of `notebooks/`. */
  notebooks: string[];
  /** Folder of the notebooks. */
  folder: string;
  /** Output folder. */
  out: string;
  profile: Profile;
  /** As given, before they are checked against the notebooks' declarations. */
  parameters: Record<string, unknown>;
  parameterFile: string | undefined;
  /** Number of seeds for each notebook. */
  seeds: number;
  /** Folder of the data set, if not the workspace's own. */
  data: string | undefined;
  jobs: number;
  /** The GPUs that notebooks are assigned to, as in `CUDA_VISIBLE_DEVICES`; empty: each notebook sees all. */
  gpus: string[];
  force: boolean;
  /** Continues the trainings of runs that did not pass. */
  resume: boolean;
  failFast: boolean;
  html: boolean;
  singleFile: boolean;
  pdf: boolean;
  /** Folder of an earlier run's reports, to compare the metrics with; undefined for none. */
  compare: string | undefined;
  /** The tracker that records the runs; undefined for none. */
  track: 'mlflow' | undefined;
  /** The Chromium for the PDF; undefined for the one that is found. */
  chromium: string | undefined;
  /** Seconds; 0 for no limit. */
  startTimeout: number;
  cellTimeout: number;
  timeout: number;
  silence: number;
  /** Stored characters of a cell's prints and of a display's value; undefined for the defaults. */
  maxOutput: number | undefined;
  verbosity: Verbosity;
  help: boolean;
}

export const usage = `npm run report -- [notebook …] [options]

Executes the notebooks (all of notebooks/, or those named, such as 02-cnn) and writes
the executed notebooks, HTML pages and summary.json to reports/.

What runs
  --profile NAME        smoke, quick or full                              [quick]
  -p, --parameter N=V   sets a parameter of the notebooks; may be repeated
  --params FILE         parameters from a YAML or JSON file
  --epochs N --examples N --seed N    short for -p epochs=N and so on
  --seeds N             runs each notebook with N seeds and shows the spread  [1]
  --data DIR            the data set to use                        [data/pokemon]
  --force               runs also notebooks that passed and have not changed
  --resume              after a failed run: long trainings before the failed cell are reused
                        where code, parameters, lib and data are the same
  --fail-fast           stops at the first notebook that does not pass
  <notebook> --help     lists the parameters of a notebook

How it runs
  --jobs N              notebooks in parallel, sharing the processors         [2]
                        (1 with one processor or less than 7 GiB of memory; up to 4 per GPU)
                        (the number of threads changes rounding, and so the results)
  --gpus LIST           the GPUs to run notebooks on, such as 0,2         [all]
  --start-timeout S     seconds for a kernel to start                       [120]
  --cell-timeout S      seconds for a cell, 0 for no limit   [smoke 300, quick 1800]
  --timeout S           seconds for a notebook, 0 for no limit [smoke 600, quick 3600]
  --silence S           seconds a cell may print nothing, 0 for no limit      [0]
  --max-output SIZE     stored output of a cell, such as 500k or 20M

Output
  --out DIR             output folder                                   [reports]
  --no-html             no HTML pages
  --single-file         the whole report also as one file, report.html
  --pdf                 and as report.pdf, printed by Chromium (GRADBOOK_CHROMIUM names one)
  --compare DIR         which metrics moved since the run whose reports are in DIR
  --track mlflow        also writes the runs to MLflow, in the folder mlruns or where
                        MLFLOW_TRACKING_URI points to, such as http://127.0.0.1:5000
  --quiet --verbose     less, more
  --json                one JSON object per line instead of text
  -h, --help            this text

Exit codes: 0 all passed, 1 a cell failed or never ran, 2 a bound was missed,
3 wrong usage, 4 the reports could not be written, 5 another runner writes to the
same folder, 130 interrupted.`;

const wrong = (message: string) =>
  new GradbookError(`${message}. See \`npm run report -- --help\`.`, 'usage');

/** Default time limits of a cell and a notebook in seconds. 0 for no limit. */
const timeouts: Record<Profile, { cell: number; notebook: number }> = {
  smoke: { cell: 300, notebook: 600 },
  quick: { cell: 1800, notebook: 3600 },
  full: { cell: 0, notebook: 0 },
};

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        profile: text,
        parameter: { type: 'string', short: 'p', multiple: true, default: [] as string[] },
        params: text,
        epochs: text,
        examples: text,
        seed: text,
        seeds: text,
        data: text,
        out: text,
        folder: text,
        jobs: text,
        gpus: text,
        'start-timeout': text,
        'cell-timeout': text,
        timeout: text,
        silence: text,
        'max-output': text,
        'no-html': flag,
        'single-file': flag,
        pdf: flag,
        compare: text,
        track: text,
        force: flag,
        resume: flag,
        'fail-fast': flag,
        quiet: flag,
        verbose: flag,
        json: flag,
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw wrong((error as Error).message.replace(/\. To specify.*/s, ''));
  }
}

/**
 * Reads the command line.
 *
 * @param jobs without `--jobs`; default by this machine
 * @throws GradbookError `usage`
 */
export function parseOptions(args: readonly string[], jobs = defaultJobs()): ReportOptions {
  const { values, positionals } = parsed(args);
  const profile = (values.profile ?? 'quick') as Profile;
  if (!profiles.includes(profile)) {
    throw wrong(`--profile "${profile}" is unknown; allowed are ${profiles.join(', ')}`);
  }
  const parameters: Record<string, unknown> = {};
  for (const text of values.parameter) {
    const [name, value] = parseAssignment(text);
    parameters[name] = value;
  }
  for (const name of ['epochs', 'examples', 'seed'] as const) {
    if (values[name] !== undefined) parameters[name] = values[name];
  }
  const limits = timeouts[profile];
  if (values['no-html'] && (values['single-file'] || values.pdf)) {
    throw wrong('--single-file and --pdf are made from the HTML pages: remove --no-html');
  }
  if (values.track !== undefined && values.track !== 'mlflow') {
    throw wrong(`--track "${values.track}" is unknown; allowed is mlflow`);
  }
  return {
    notebooks: positionals,
    folder: inWorkspace(values.folder ?? 'notebooks'),
    out: inWorkspace(values.out ?? 'reports'),
    profile,
    parameters,
    parameterFile: values.params,
    seeds: number('--seeds', values.seeds, 1, 1),
    data: values.data && inWorkspace(values.data),
    jobs: number('--jobs', values.jobs, jobs, 1),
    gpus: cardList(values.gpus),
    force: values.force,
    resume: values.resume,
    failFast: values['fail-fast'],
    html: !values['no-html'],
    singleFile: values['single-file'],
    pdf: values.pdf,
    compare: values.compare && inWorkspace(values.compare),
    track: values.track,
    chromium: undefined,
    startTimeout: number('--start-timeout', values['start-timeout'], 120, 1, false),
    cellTimeout: number('--cell-timeout', values['cell-timeout'], limits.cell, 0, false),
    timeout: number('--timeout', values.timeout, limits.notebook, 0, false),
    silence: number('--silence', values.silence, 0, 0, false),
    maxOutput: size(values['max-output']),
    verbosity: values.json
      ? 'json'
      : values.quiet
        ? 'quiet'
        : values.verbose
          ? 'verbose'
          : 'normal',
    help: values.help,
  };
}

/** The GPUs of `--gpus`; without it all, if there are several. */
function cardList(text: string | undefined): string[] {
  const here = cardsHere().map(({ id }) => id);
  if (text === undefined) return here.length > 1 ? here : [];
  const ids = text.split(',').map((id) => id.trim());
  const unknown = ids.find((id) => !here.includes(id));
  if (unknown !== undefined) {
    const known = here.length > 0 ? `there are ${here.join(', ')}` : 'TensorFlow uses no GPU here';
    throw wrong(`--gpus "${text}": there is no GPU "${unknown}"; ${known}`);
  }
  return ids;
}

function number(
  name: string,
  text: string | undefined,
  otherwise: number,
  least: number,
  whole = true,
): number {
  if (text === undefined) return otherwise;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < least || (whole && !Number.isInteger(value))) {
    const kind = whole ? 'an integer' : 'a number';
    throw wrong(`${name} "${text}" must be ${kind} of ${least} or more`);
  }
  return value;
}

function size(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*([kMG]?)B?$/i.exec(text.trim());
  if (!match) throw wrong(`--max-output "${text}" must be a size such as 500k or 20M`);
  const factor = { '': 1, K: 1e3, M: 1e6, G: 1e9 }[match[2]!.toUpperCase()]!;
  return Number(match[1]) * factor;
}
