import { type Comm, type CommData, openComm, registerCommTarget } from '../notebook';
import { sharedState } from '../runtime';

// The wire format of ipywidgets 8: a comm to the target `jupyter.widget` for each model.
// https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md

/** Version of the wire format. */
const protocol = { version: '2.1.0' };

const versions = { '@jupyter-widgets/base': '2.0.0', '@jupyter-widgets/controls': '2.0.0' };

/** The front end's package that implements a model. */
export type WidgetModule = keyof typeof versions;

const state = sharedState('widgets', () => ({ models: new Map<string, WidgetModel>() }));

/** The state of one widget, synchronised between the kernel and the front end. */
export class WidgetModel {
  private readonly comm: Comm;
  private readonly listeners: ((changed: CommData) => unknown)[] = [];

  /**
   * @param module the front end's package
   * @param name such as `IntSlider`: the model is `IntSliderModel`, its view `IntSliderView`
   * @param values the state except the names of model and view
   * @param view the view, if it is not the default one of the module
   */
  constructor(
    module: WidgetModule,
    name: string,
    private readonly values: CommData,
    view: { module: WidgetModule; name: string } = { module, name: `${name}View` },
  ) {
    const version = versions[module];
    Object.assign(values, {
      _model_module: module,
      _model_module_version: version,
      _model_name: `${name}Model`,
      _view_module: view.module,
      _view_module_version: versions[view.module],
      _view_name: view.name,
    });
    answerFrontEnd();
    this.comm = openComm('jupyter.widget', { state: values, buffer_paths: [] }, protocol);
    this.comm.onMessage = (data) => this.receive(data);
    state.models.set(this.id, this);
  }

  get id(): string {
    return this.comm.id;
  }

  /** How other models refer to this one. */
  get reference(): string {
    return `IPY_MODEL_${this.id}`;
  }

  get(name: string): unknown {
    return this.values[name];
  }

  /** The display data of the view. */
  get state(): CommData {
    return this.values;
  }

  /** Changes the state here and in the front end. */
  set(changed: CommData): void {
    Object.assign(this.values, changed);
    this.comm.send({ method: 'update', state: changed, buffer_paths: [] });
  }

  /** Calls `listener` with the user's changes; the front end waits for its promise. */
  onChange(listener: (changed: CommData) => unknown): void {
    this.listeners.push(listener);
  }

  private async receive({ method, state: sent }: CommData): Promise<void> {
    if (method === 'request_state') {
      this.comm.send({ method: 'update', state: this.values, buffer_paths: [] });
    }
    if (method !== 'update') return;
    const changed = (sent ?? {}) as CommData;
    Object.assign(this.values, changed);
    // Other views of the same notebook are updated.
    this.comm.send({ method: 'echo_update', state: changed, buffer_paths: [] });
    for (const listener of this.listeners) await listener(changed);
  }
}

/** A reloaded page requests the state of all models at once. */
function answerFrontEnd(): void {
  registerCommTarget('jupyter.widget.control', (comm) => {
    comm.onMessage = ({ method }) => {
      if (method !== 'request_states') return;
      const states = [...state.models].map(([id, { state: values }]) => {
        const model = {
          model_name: values['_model_name'],
          model_module: values['_model_module'],
          model_module_version: values['_model_module_version'],
        };
        return [id, { ...model, state: values }];
      });
      const all = Object.fromEntries(states);
      comm.send({ method: 'update_states', states: all, buffer_paths: [] });
    };
  });
}
