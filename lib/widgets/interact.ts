import * as crypto from 'node:crypto';
import * as util from 'node:util';
import { alreadyShown, display, escapeHtml, intercept, publish } from '../notebook';
import { GradbookError } from '../runtime';
import { Control, checkbox, column, dropdown, slider, textField } from './controls';
import { Slots } from './slots';

/**
 * A parameter of `interact`: a control, a boolean (checkbox), a number (slider from -1
 * to 3 times the number, from 0 to 1 for 0), a string (text field), options (drop-down).
 */
export type Parameter =
  // biome-ignore lint/suspicious/noExplicitAny: of any value
  | Control<any>
  | boolean
  | number
  | string
  | readonly (string | number)[]
  | Readonly<Record<string, unknown>>;

/** The value of a parameter. */
export type ValueOf<P> =
  P extends Control<infer T>
    ? T
    : P extends boolean
      ? boolean
      : P extends number
        ? number
        : P extends string
          ? string
          : P extends readonly (infer T)[]
            ? T
            : P extends Readonly<Record<string, infer T>>
              ? T
              : never;

/** Values by parameter. */
export type ValuesOf<P> = { [K in keyof P]: ValueOf<P[K]> };

/** The result of `interact`. */
export interface Interaction<P> {
  /** The current values. */
  readonly values: ValuesOf<P>;
  /** Sets values from code and shows the result; a report shows the values set last. */
  set(values: Partial<ValuesOf<P>>): Promise<void>;
}

/** Mime type of a widget's view, which JupyterLab's widget manager draws. */
export const widgetMime = 'application/vnd.jupyter.widget-view+json';

/**
 * Shows controls, and below them what `show` returns or displays for their values, as ipywidgets'
 * `interact`: a change of a control runs `show` again, and its output replaces the last one. Await
 * it: it resolves when `show` has run once. Without a front end, as in `npm run report`, the values
 * are shown instead of the controls.
 *
 * @param parameters controls, or values from which they are made, by name
 * @param show called with the values; its return value is displayed, and it may return a promise
 * @throws GradbookError `bad-control`; what `show` throws in its first run
 */
export async function interact<P extends Record<string, Parameter>>(
  parameters: P,
  show: (values: ValuesOf<P>) => unknown,
): Promise<Interaction<P>> {
  const controls = Object.entries(parameters).map(
    ([name, parameter]) => [name, controlOf(name, parameter)] as const,
  );
  const values = () =>
    Object.fromEntries(controls.map(([name, { value }]) => [name, value])) as ValuesOf<P>;
  const slots = new Slots();
  const view = controls.length > 0 ? column(controls.map(([, control]) => control)) : null;
  const viewId = crypto.randomUUID();

  /** The controls; for readers without a widget manager, a table of their values. */
  function showControls(update: boolean): void {
    if (!view) return;
    const rows = controls.map(([name, { value, description }]) => [
      description || name,
      typeof value === 'string' ? value : util.inspect(value),
    ]);
    const cells = rows.map(
      ([name, value]) => `<tr><th>${escapeHtml(name!)}</th><td>${escapeHtml(value!)}</td></tr>`,
    );
    publish(
      {
        [widgetMime]: { version_major: 2, version_minor: 0, model_id: view.id },
        'text/html': `<table>${cells.join('')}</table>`,
        'text/plain': rows.map((row) => row.join(': ')).join('\n'),
      },
      { id: viewId, update },
    );
  }

  async function run(): Promise<void> {
    slots.begin();
    try {
      await intercept(
        (shown) => slots.show(shown),
        async () => {
          const result = await show(values());
          if (result !== undefined && result !== null) display(result);
        },
      );
    } finally {
      slots.end();
    }
  }

  // Runs are serialised.
  let last: Promise<unknown> = Promise.resolve();
  function runNext(): Promise<void> {
    const next = last.then(run);
    last = next.catch(() => {});
    return next;
  }

  for (const [, control] of controls) control.onChange(runNext);
  showControls(false);
  await runNext();
  const interaction: Interaction<P> = {
    get values() {
      return values();
    },
    async set(wanted) {
      for (const [name, value] of Object.entries(wanted)) {
        const control = controls.find(([known]) => known === name)?.[1] as
          | Control<unknown>
          | undefined;
        if (!control) {
          const names = controls.map(([known]) => known).join(', ');
          throw new GradbookError(`set: no parameter ${name}; there are ${names}`, 'bad-control');
        }
        control.value = value;
      }
      showControls(true);
      await runNext();
    },
  };
  return withMark(interaction);
}

/** As a cell's last value it is not displayed again. */
function withMark<T extends object>(value: T): T {
  return Object.defineProperty(value, alreadyShown, { value: true });
}

function controlOf(name: string, parameter: Parameter): Control<unknown> {
  const control = newControl(name, parameter);
  if (control.description === '') control.description = name;
  return control;
}

function newControl(name: string, parameter: Parameter): Control<unknown> {
  if (parameter instanceof Control) return parameter;
  if (typeof parameter === 'boolean') return checkbox(parameter) as Control<unknown>;
  if (typeof parameter === 'string') return textField(parameter) as Control<unknown>;
  if (typeof parameter === 'number') {
    const ends = parameter === 0 ? [0, 1] : [-parameter, 3 * parameter];
    const [min, max] = [Math.min(...ends), Math.max(...ends)];
    return slider(min, max, { value: parameter }) as Control<unknown>;
  }
  if (typeof parameter === 'object' && parameter !== null) {
    return dropdown(parameter as Record<string, unknown>);
  }
  throw new GradbookError(
    `interact: ${name} is ${String(parameter)}; give a control, a boolean, a number, a string or options`,
    'bad-control',
  );
}
