import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  findKernelSpec,
  type KernelSpec,
  type Notebook,
  notebookName,
  readNotebook,
} from '../../jupyter';
import { GradbookError, inWorkspace } from '../../runtime';
import { failureOf } from '../execute/failure';
import type { Failure, FailureKind } from '../record';
import type { ReportOptions } from './options';
import { readParameterFile, valueFor } from './parameter-values';
import { declaredParameters, type Parameter, type ParameterValue } from './parameters';
import { profileValues } from './profiles';

/** A planned notebook. */
export interface Planned {
  name: string;
  file: string;
  /** Names of the notebooks that run before it. */
  needs: string[];
  /** Not chosen, but needed by one that is. */
  neededOnly: boolean;
  /** The notebook to execute, or why there is none. */
  ready: { notebook: Notebook; spec: KernelSpec; declared: Parameter[] } | null;
  failure: Failure | null;
  /** The values to inject, one set per run: several with `--seeds`. */
  runs: Record<string, ParameterValue>[];
}

/** The files of the chosen notebooks, in the order of their names. */
export function chosenFiles(options: Pick<ReportOptions, 'notebooks' | 'folder'>): string[] {
  const { notebooks, folder } = options;
  const all = fs.existsSync(folder)
    ? fs.readdirSync(folder).filter((file) => file.endsWith('.ipynb') && !file.startsWith('.'))
    : [];
  const known = all.sort().map((file) => path.join(folder, file));
  if (notebooks.length === 0) return known;
  return notebooks.map((wanted) => {
    const byName = known.find((file) => notebookName(file) === notebookName(wanted));
    if (byName && !wanted.includes(path.sep)) return byName;
    const file = inWorkspace(wanted.endsWith('.ipynb') ? wanted : `${wanted}.ipynb`);
    if (fs.existsSync(file)) return file;
    throw new GradbookError(
      `notebook "${wanted}" is unknown; there are ${known.map(notebookName).join(', ') || 'none'}`,
      'usage',
    );
  });
}

function load(file: string): Planned {
  const planned: Planned = {
    name: notebookName(file),
    file,
    needs: [],
    neededOnly: false,
    ready: null,
    failure: null,
    runs: [{}],
  };
  try {
    const notebook = readNotebook(file);
    planned.needs = notebook.metadata.gradbook?.needs ?? [];
    const spec = findKernelSpec(notebook.metadata.kernelspec?.name ?? 'gradbook');
    planned.ready = { notebook, spec, declared: declaredParameters(notebook) };
  } catch (error) {
    if (!(error instanceof GradbookError)) throw error;
    planned.failure = failureOf(error.code as FailureKind, error.message);
  }
  return planned;
}

/**
 * Plans which notebooks run, in what order, with which parameters.
 *
 * @throws GradbookError `usage` or `parameter`, before anything has started
 */
export function plan(options: ReportOptions): Planned[] {
  const planned = new Map<string, Planned>();
  for (const file of chosenFiles(options)) {
    const one = load(file);
    if (planned.has(one.name)) throw new GradbookError(`"${one.name}" is given twice`, 'usage');
    planned.set(one.name, one);
  }
  for (const one of planned.values()) {
    for (const need of one.needs) {
      if (planned.has(need)) continue;
      const file = path.join(path.dirname(one.file), `${need}.ipynb`);
      if (!fs.existsSync(file)) {
        throw new GradbookError(`${one.name} needs "${need}", but there is no ${file}`, 'usage');
      }
      // Visited by this loop as well, so that its own needs are added too.
      planned.set(need, { ...load(file), neededOnly: true });
    }
  }
  const ordered = inOrder(planned);
  assignParameters(ordered, options);
  return ordered;
}

/** By name, but each after the notebooks it needs. */
function inOrder(planned: ReadonlyMap<string, Planned>): Planned[] {
  const ordered = new Set<Planned>();
  const add = (one: Planned, path: readonly string[]) => {
    if (path.includes(one.name)) {
      const circle = [...path.slice(path.indexOf(one.name)), one.name].join(' → ');
      throw new GradbookError(`notebooks need each other in a cycle: ${circle}`, 'usage');
    }
    for (const need of one.needs) add(planned.get(need)!, [...path, one.name]);
    ordered.add(one);
  };
  for (const one of planned.values()) add(one, []);
  return [...ordered];
}

function assignParameters(planned: readonly Planned[], options: ReportOptions): void {
  const given = {
    ...(options.parameterFile ? readParameterFile(options.parameterFile) : {}),
    ...options.parameters,
  };
  const ready = planned.flatMap((one) =>
    one.ready ? [{ one, declared: one.ready.declared }] : [],
  );
  const known = new Set(ready.flatMap(({ declared }) => declared.map(({ name }) => name)));
  for (const name of Object.keys(given)) {
    // An unreadable notebook might have declared it; that error is reported separately.
    if (known.has(name) || ready.length === 0) continue;
    throw new GradbookError(
      `parameter "${name}" is declared by none of the notebooks; ` +
        `declared are ${[...known].join(', ') || 'none'}`,
      'parameter',
    );
  }
  // Parameters that every run sets where declared: the profile, and the folder of the summary.
  const told: Record<string, string> = {
    profile: options.profile,
    ...(options.out !== inWorkspace('reports') && {
      summaryFile: path.join(options.out, 'summary.json'),
    }),
  };
  for (const { one, declared } of ready) {
    const values: Record<string, ParameterValue> = {};
    const ofProfile = profileValues(one.file, options.profile);
    checkDeclared(one, declared, ofProfile, options.profile);
    for (const parameter of declared) {
      if (parameter.name in given) {
        values[parameter.name] = valueFor(parameter, given[parameter.name]);
      } else if (parameter.name in ofProfile) {
        values[parameter.name] = valueFor(parameter, ofProfile[parameter.name]);
      } else if (parameter.name in told) {
        values[parameter.name] = valueFor(parameter, told[parameter.name]);
      }
    }
    one.runs = withSeeds(values, declared, options.seeds);
  }
}

/** Throws when `profiles.yaml` sets a parameter that the notebook does not declare. */
function checkDeclared(
  one: Planned,
  declared: readonly Parameter[],
  values: Readonly<Record<string, unknown>>,
  profile: string,
): void {
  for (const name of Object.keys(values)) {
    if (declared.some((parameter) => parameter.name === name)) continue;
    throw new GradbookError(
      `profiles.yaml sets "${name}" of ${one.name} in ${profile}, but the notebook declares ` +
        `${declared.map((parameter) => parameter.name).join(', ') || 'no parameters'}`,
      'parameter',
    );
  }
}

function withSeeds(
  values: Record<string, ParameterValue>,
  declared: readonly Parameter[],
  seeds: number,
): Record<string, ParameterValue>[] {
  const seed = declared.find(({ name }) => name === 'seed');
  if (seeds === 1 || !seed) return [values];
  const first = Number(values['seed'] ?? seed.default);
  return Array.from({ length: seeds }, (_, index) => ({ ...values, seed: first + index }));
}
