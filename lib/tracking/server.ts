import { environment, GradbookError } from '../runtime';

/** Milliseconds until a request, or the upload of a file, is given up. */
const patience = { request: 30_000, upload: 120_000 };

/**
 * An MLflow server, by its REST API (mlflow.org/docs/latest/rest-api.html). Credentials come from the
 * address (`http://user:password@host`), else from `MLFLOW_TRACKING_TOKEN`, else from
 * `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`.
 *
 * Every method throws GradbookError `mlflow-unreachable` where nobody answers in time,
 * `mlflow-denied` for credentials that are missing or wrong, and `mlflow-refused` with the server's
 * own words for anything else.
 */
export class MlflowServer {
  /** The address without credentials. */
  readonly uri: string;
  private readonly authorization: string | undefined;

  /** @param address such as `http://127.0.0.1:5000` */
  constructor(address: string) {
    const url = new URL(address);
    this.authorization = authorizationOf(url);
    url.username = '';
    url.password = '';
    this.uri = url.href.replace(/\/+$/, '');
  }

  /** The answer of `/api/2.0/mlflow/ENDPOINT`. */
  async get<T>(endpoint: string, query: Record<string, string>): Promise<T> {
    const where = `api/2.0/mlflow/${endpoint}`;
    const response = await this.fetch(`${where}?${new URLSearchParams(query)}`, { method: 'GET' });
    return (await this.read(response, endpoint)) as T;
  }

  async post<T>(endpoint: string, body: object): Promise<T> {
    const response = await this.fetch(`api/2.0/mlflow/${endpoint}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    return (await this.read(response, endpoint)) as T;
  }

  /**
   * Writes a file through the server's proxy of artifacts.
   *
   * @param name below the server's artifact root, with slashes
   */
  async upload(name: string, content: Uint8Array): Promise<void> {
    const escaped = name.split('/').map(encodeURIComponent).join('/');
    const response = await this.fetch(
      `api/2.0/mlflow-artifacts/artifacts/${escaped}`,
      { method: 'PUT', body: new Blob([Uint8Array.from(content)]) },
      patience.upload,
    );
    await this.read(response, `the artifact ${name}`);
  }

  private async fetch(
    where: string,
    init: RequestInit,
    limit = patience.request,
  ): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.authorization) headers.set('authorization', this.authorization);
    const signal = AbortSignal.timeout(limit);
    try {
      return await fetch(`${this.uri}/${where}`, { ...init, headers, signal });
    } catch (error) {
      throw new GradbookError(
        `the MLflow server ${this.uri} cannot be reached (${reasonOf(error, limit)})`,
        'mlflow-unreachable',
        { cause: error },
      );
    }
  }

  private async read(response: Response, what: string): Promise<unknown> {
    // A body that breaks off is told by the parser below.
    const text = await response.text().catch(() => '');
    if (response.ok) {
      try {
        return JSON.parse(text || '{}');
      } catch {
        throw new GradbookError(
          `${this.uri} is no MLflow server: it answered ${what} with '${text.slice(0, 60)}'`,
          'mlflow-refused',
        );
      }
    }
    if (response.status === 401 || response.status === 403) {
      throw new GradbookError(
        `the MLflow server ${this.uri} refuses access (${response.status}): set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN`,
        'mlflow-denied',
      );
    }
    throw new MlflowRefusal(this.uri, what, response.status, text);
  }
}

/** An answer that is an error of MLflow's own. */
export class MlflowRefusal extends GradbookError {
  /** MLflow's code, such as `RESOURCE_DOES_NOT_EXIST`. */
  readonly reason: string;

  constructor(uri: string, what: string, status: number, text: string) {
    const { error_code, message } = parsed(text);
    const words = [error_code, message].filter(Boolean).join(': ') || text.slice(0, 200);
    super(
      `the MLflow server ${uri} answered ${what} with ${status} ${words}`.trim(),
      'mlflow-refused',
    );
    this.reason = error_code ?? '';
  }
}

function parsed(text: string): { error_code?: string; message?: string } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}

function authorizationOf({ username, password }: URL): string | undefined {
  const given = environment().mlflow;
  if (!username && given.token) return `Bearer ${given.token}`;
  const name = username ? decodeURIComponent(username) : given.username;
  const secret = username ? decodeURIComponent(password) : given.password;
  if (name === undefined) return undefined;
  return `Basic ${Buffer.from(`${name}:${secret ?? ''}`).toString('base64')}`;
}

function reasonOf(error: unknown, limit: number): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no answer within ${limit / 1000} s`;
  return cause?.code ?? cause?.message ?? message;
}
