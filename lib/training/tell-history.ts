import { inNotebook, interceptor, publish } from '../notebook';
import { environment } from '../runtime';
import type { History } from './history';

let told = 0;

/**
 * Tells the headless runner how a training went. It travels as the update of a display that is nowhere,
 * so that nothing is shown. Does nothing in JupyterLab and outside of notebooks.
 */
export function tellHistory(name: string, { epoch, seconds, history }: History): void {
  const headless = inNotebook() && environment().profile !== undefined;
  if (!headless || interceptor() || epoch.length === 0) return;
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  const figures = Object.entries(history).map(
    ([key, values]) => [key, values.map(finite)] as const,
  );
  publish(
    { 'text/plain': '' },
    {
      id: `gradbook-training-${process.pid}-${++told}`,
      update: true,
      event: {
        ...{ kind: 'training', name, endedAt: Date.now() },
        ...{ epochs: epoch, seconds, history: Object.fromEntries(figures) },
      },
    },
  );
}
