import { GradbookError } from '../runtime';
import { WidgetModel } from './model';

/** A control: its value and its listeners. */
export class Control<T> {
  private readonly listeners: ((value: T) => unknown)[] = [];

  /**
   * @param model the widget
   * @param read the value in the widget's state
   * @param write the state of a value
   */
  constructor(
    readonly model: WidgetModel,
    private readonly read: () => T,
    private readonly write: (value: T) => Record<string, unknown>,
  ) {
    model.onChange(async (changed) => {
      if (!('value' in changed) && !('index' in changed)) return;
      for (const listener of this.listeners) await listener(this.value);
    });
  }

  get value(): T {
    return this.read();
  }

  /** Sets it from code. Listeners are not called. */
  set value(value: T) {
    this.model.set(this.write(value));
  }

  /** Calls `listener` with each value set by the user. */
  onChange(listener: (value: T) => unknown): void {
    this.listeners.push(listener);
  }

  /** Its label. */
  get description(): string {
    return String(this.model.get('description') ?? '');
  }

  set description(description: string) {
    this.model.set({ description });
  }
}

/** Options of a slider. */
export interface SliderOptions {
  /** Step size. Default 1 for whole bounds at least 2 apart, else a hundredth of the range. */
  step?: number;
  /** Initial value. Default the middle. */
  value?: number;
  /** Label. `interact` sets the parameter's name. */
  description?: string;
  /** Whether values are sent during a drag, or only at its end. Default true. */
  continuous?: boolean;
}

/**
 * A slider for numbers from `min` to `max`.
 *
 * @throws GradbookError `bad-control` for bounds that are not numbers or not in order, a step that
 *   is not above 0, a value outside the bounds
 */
export function slider(min: number, max: number, options: SliderOptions = {}): Control<number> {
  if (!Number.isFinite(min) || !Number.isFinite(max) || min >= max) {
    throw new GradbookError(
      `slider(${min}, ${max}): the first number must be below the second, both finite`,
      'bad-control',
    );
  }
  const whole = Number.isInteger(min) && Number.isInteger(max) && max - min >= 2;
  const step = options.step ?? (whole ? 1 : (max - min) / 100);
  if (!(step > 0)) throw new GradbookError(`slider: step ${step} must be above 0`, 'bad-control');
  const isInteger = whole && Number.isInteger(step);
  const middle = min + Math.round((max - min) / 2 / step) * step;
  const value = options.value ?? Math.min(max, middle);
  if (!(value >= min && value <= max)) {
    throw new GradbookError(
      `slider(${min}, ${max}): value ${value} must lie between the two`,
      'bad-control',
    );
  }
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  const model = control(isInteger ? 'IntSlider' : 'FloatSlider', 'SliderStyle', {
    ...{ value, min, max, step, description: options.description ?? '' },
    continuous_update: options.continuous ?? true,
    orientation: 'horizontal',
    readout: true,
    readout_format: isInteger ? 'd' : `.${Math.max(2, digits)}f`,
    behavior: 'drag-tap',
  });
  return new Control(
    model,
    () => Number(model.get('value')),
    (next) => ({ value: next }),
  );
}

/** A checkbox. */
export function checkbox(value = false, description = ''): Control<boolean> {
  const model = control('Checkbox', 'CheckboxStyle', { value, description, indent: true });
  return new Control(
    model,
    () => model.get('value') === true,
    (next) => ({ value: next }),
  );
}

/**
 * A drop-down list.
 *
 * @param options the values, or values by label
 * @param value the initial one. Default the first
 * @throws GradbookError `bad-control` for no options or a value that is not among them
 */
export function dropdown<T>(
  options: readonly T[] | Readonly<Record<string, T>>,
  value?: T,
  description = '',
): Control<T> {
  const entries: [string, T][] = Array.isArray(options)
    ? (options as readonly T[]).map((option) => [String(option), option])
    : Object.entries(options as Record<string, T>);
  const labels = entries.map(([label]) => label);
  const indexOf = (wanted: T) => {
    const index = entries.findIndex(([, option]) => Object.is(option, wanted));
    if (index < 0) {
      throw new GradbookError(
        `dropdown: ${String(wanted)} is none of ${labels.join(', ')}`,
        'bad-control',
      );
    }
    return index;
  };
  if (entries.length === 0) throw new GradbookError('dropdown: no options', 'bad-control');
  const index = value === undefined ? 0 : indexOf(value);
  const model = control('Dropdown', 'DescriptionStyle', {
    ...{ _options_labels: labels, index, description },
  });
  return new Control(
    model,
    () => entries[Number(model.get('index'))]![1],
    (next) => ({ index: indexOf(next) }),
  );
}

/** A text field; its value is sent when Enter is pressed or the field loses focus. */
export function textField(value = '', description = ''): Control<string> {
  const model = control('Text', 'TextStyle', {
    ...{ value, description, placeholder: '', continuous_update: false },
  });
  return new Control(
    model,
    () => String(model.get('value')),
    (next) => ({ value: next }),
  );
}

function control(name: string, style: string, values: Record<string, unknown>): WidgetModel {
  const module = '@jupyter-widgets/controls';
  const view = { module: '@jupyter-widgets/base', name: 'StyleView' } as const;
  const styles = new WidgetModel(module, style, { description_width: '' }, view);
  const layout = newLayout();
  return new WidgetModel(module, name, {
    ...values,
    ...{ disabled: false, tooltip: null, tabbable: null, _dom_classes: [] },
    layout: layout.reference,
    style: styles.reference,
  });
}

function newLayout(): WidgetModel {
  return new WidgetModel('@jupyter-widgets/base', 'Layout', {});
}

/** Controls below each other. */
export function column(controls: readonly Control<unknown>[]): WidgetModel {
  return new WidgetModel('@jupyter-widgets/controls', 'VBox', {
    children: controls.map(({ model }) => model.reference),
    ...{ box_style: '', _dom_classes: [], tooltip: null, tabbable: null },
    layout: newLayout().reference,
  });
}
