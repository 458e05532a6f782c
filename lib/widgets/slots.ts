import * as crypto from 'node:crypto';
import { type Bundle, plotlyMime, publish, type Shown } from '../notebook';

const empty: Bundle = { 'text/plain': '' };

function replace(bundle: Bundle, metadata: Record<string, unknown>, id: string): void {
  // JupyterLab's plotly renderer keeps its first figure until it is replaced by an output of
  // another type.
  if (plotlyMime in bundle) publish(empty, { id, update: true });
  publish(bundle, { metadata, id, update: true });
}

/** Outputs of a cell that are updated in place. */
export class Slots {
  private readonly ids: string[] = [];
  private used = 0;
  private byId = new Map<string, string>();

  /** Starts a round: the next output goes to the first slot. */
  begin(): void {
    this.used = 0;
    this.byId = new Map();
  }

  /** Displays an output in the next slot, or in its own one if it is an update. */
  show({ bundle, metadata, id, update }: Shown): void {
    const own = id === undefined ? undefined : this.byId.get(id);
    if (own !== undefined) {
      replace(bundle, metadata, own);
      return;
    }
    // An update of an output outside the slots.
    if (update) {
      publish(bundle, { metadata, ...(id === undefined ? {} : { id }), update });
      return;
    }
    const known = this.ids[this.used++];
    const slot = known ?? crypto.randomUUID();
    if (known === undefined) this.ids.push(slot);
    if (id !== undefined) this.byId.set(id, slot);
    if (known === undefined) publish(bundle, { metadata, id: slot });
    else replace(bundle, metadata, slot);
  }

  /** Ends a round: unused slots become empty. */
  end(): void {
    for (const id of this.ids.slice(this.used)) publish(empty, { id, update: true });
  }
}
