import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string;
  /** Path, with the query. */
  url: string;
  authorization: string | undefined;
  body: string;
}

/** An answer: its status, and what is sent as JSON or, for text, as it is. */
type Answer = [status: number, body: unknown];

/**
 * As much of an MLflow server as `sendRun` talks to, with the answers of MLflow 3.17. It keeps what it
 * receives.
 */
export class FakeMlflow {
  readonly received: Received[] = [];
  /** Answers instead of the usual ones, where it gives one. */
  intercept: (request: Received) => Answer | undefined = () => undefined;
  /** Root of the artifacts, as runs/create names it. */
  artifactRoot = 'mlflow-artifacts:/1';
  private readonly experiments = new Map<string, string>();
  private readonly server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const body = Buffer.concat(chunks).toString('utf8');
      const received = { method, url, authorization: headers.authorization, body };
      this.received.push(received);
      const [status, answer] = this.intercept(received) ?? this.answer(received);
      response.writeHead(status);
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });

  /** Address of the server, which listens from now on. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What was posted to an endpoint, in order. */
  posted(endpoint: string): Record<string, unknown>[] {
    return this.received
      .filter(({ url }) => url === `/api/2.0/mlflow/${endpoint}`)
      .map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  }

  /** The entries of one kind of all log-batch requests together. */
  logged(kind: 'params' | 'tags' | 'metrics'): Record<string, unknown>[] {
    return this.posted('runs/log-batch').flatMap(
      (batch) => (batch[kind] ?? []) as Record<string, unknown>[],
    );
  }

  /** Files that were uploaded, by name. */
  uploads(): Record<string, string> {
    const start = '/api/2.0/mlflow-artifacts/artifacts/';
    return Object.fromEntries(
      this.received
        .filter(({ method }) => method === 'PUT')
        .map(({ url, body }) => [decodeURIComponent(url.replace(start, '')), body]),
    );
  }

  private answer({ url, body }: Received): Answer {
    const endpoint = url.replace('/api/2.0/mlflow/', '');
    if (endpoint.startsWith('experiments/get-by-name')) {
      const name = new URL(url, 'http://x').searchParams.get('experiment_name')!;
      const experiment_id = this.experiments.get(name);
      return experiment_id
        ? [200, { experiment: { experiment_id, name } }]
        : [404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `no '${name}'` }];
    }
    if (endpoint === 'experiments/create') {
      const experiment_id = String(this.experiments.size + 1);
      this.experiments.set((JSON.parse(body) as { name: string }).name, experiment_id);
      return [200, { experiment_id }];
    }
    if (endpoint === 'runs/create') {
      const run_id = `run-${this.posted('runs/create').length}`;
      const artifact_uri = `${this.artifactRoot}/${run_id}/artifacts`;
      return [200, { run: { info: { run_id, artifact_uri } } }];
    }
    return [200, {}];
  }
}

/** A port on which nobody listens. */
export async function silentAddress(): Promise<string> {
  const other = new FakeMlflow();
  const silent = await other.listen();
  await other.close();
  return silent;
}

/** Key and step of metrics. */
export function keysOf(metrics: Record<string, unknown>[]): string[] {
  return metrics.map(({ key, step }) => `${key} ${step}`);
}
