import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeWhole } from './files.mjs';
import { inWorkspace } from './workspace.mjs';

const name = 'papermill_gradbook';
const source = inWorkspace('scripts', 'papermill-gradbook', `${name}.py`);

/** The metadata that pip would write; written directly, since a new venv has no setuptools to build the package. */
const description = {
  METADATA: `Metadata-Version: 2.1\nName: papermill-gradbook\nVersion: 1.0.0\n`,
  INSTALLER: 'gradbook\n',
  'entry_points.txt': `[papermill.engine]\ngradbook = ${name}:Engine\n`,
};

/** @returns {string | undefined} where the environment keeps its packages */
export function sitePackages() {
  const lib = inWorkspace('.venv', 'lib');
  const folder = fs.existsSync(lib)
    ? fs.readdirSync(lib).find((entry) => entry.startsWith('python'))
    : undefined;
  return folder ? path.join(lib, folder, 'site-packages') : undefined;
}

/** @returns {[string, string][]} every file of the package with its content */
function files() {
  const site = sitePackages();
  if (!site || !fs.existsSync(source)) return [];
  return [
    [path.join(site, `${name}.py`), fs.readFileSync(source, 'utf8')],
    ...Object.entries(description).map(
      ([file, content]) =>
        /** @type {[string, string]} */ ([
          path.join(site, `${name}-1.0.0.dist-info`, file),
          content,
        ]),
    ),
  ];
}

/** Enables papermill to inject parameters into TypeScript notebooks. */
export const papermill = {
  name: 'papermill translator',

  isDone() {
    return files().every(
      ([file, content]) => fs.existsSync(file) && fs.readFileSync(file, 'utf8') === content,
    );
  },

  async run() {
    for (const [file, content] of files()) writeWhole(file, content);
    return undefined;
  },
};
