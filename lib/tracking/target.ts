import { environment, GradbookError, inWorkspace } from '../runtime';

/** Where runs are written. */
export interface TrackingTarget {
  /** The folder that they are written to; with a server, before they are sent. */
  store: string;
  /** Address of the server that they are sent to; undefined for none. */
  server: string | undefined;
}

/**
 * Where runs go: a folder, also as `file:` URI, or a server.
 *
 * @param uri default `MLFLOW_TRACKING_URI`, else the folder `mlruns` of the workspace
 * @param store folder of the runs that are for a server. Default `mlruns`
 * @throws GradbookError `bad-option` for what is neither
 */
export function trackingTarget(
  uri = environment().mlflow.trackingUri ?? 'mlruns',
  store = 'mlruns',
): TrackingTarget {
  if (/^https?:/i.test(uri)) {
    if (!URL.canParse(uri)) throw wrongUri(uri);
    return { store: inWorkspace(store), server: uri.replace(/\/+$/, '') };
  }
  const isFile = uri.startsWith('file:');
  if (!isFile && /^[a-z][\w+.-]+:/i.test(uri)) throw wrongUri(uri);
  const folder = isFile ? decodeURI(uri.replace(/^file:(\/\/)?/, '')) : uri;
  return { store: inWorkspace(folder), server: undefined };
}

function wrongUri(uri: string): GradbookError {
  return new GradbookError(
    `MLflow's tracking URI '${uri}': give a folder, or a server as http://HOST:PORT; a database is reached through \`mlflow server --backend-store-uri …\``,
    'bad-option',
  );
}
