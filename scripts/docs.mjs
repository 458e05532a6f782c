#!/usr/bin/env node
// The reference of `lib` as a site: built by TypeDoc from the doc comments, with the guides of docs/.
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { Application } from 'typedoc';
import { sortByFolder } from './docs/by-folder.mjs';
import { addExamples } from './docs/examples.mjs';
import { inWorkspace, root } from './setup/workspace.mjs';

const help = `usage: npm run docs -- [options]

Builds the reference of everything that notebooks import from './lib', grouped by folder, with the
guides of docs/ and a search. Open index.html in it with any browser; no server is needed.

  --out DIR   where to write it (reports/reference); its contents are replaced
  --help      show this`;

/** @param {string} out */
async function build(out) {
  const app = await Application.bootstrap({
    name: 'gradbook',
    entryPoints: [inWorkspace('lib', 'index.ts'), inWorkspace('lib', 'run', 'index.ts')],
    tsconfig: inWorkspace('scripts', 'docs', 'tsconfig.json'),
    basePath: root,
    displayBasePath: root,
    readme: inWorkspace('docs', 'README.md'),
    projectDocuments: [inWorkspace('docs', '*.md')],
    exclude: [inWorkspace('docs', 'README.md')],
    out,
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    disableSources: true,
    hideGenerator: true,
    categorizeByGroup: false,
    defaultCategory: 'other',
    sort: ['alphabetical'],
    navigation: { includeCategories: true, includeGroups: false },
    searchInComments: true,
    searchInDocuments: true,
    githubPages: false,
    treatValidationWarningsAsErrors: true,
    // Types that occur only in one function's signature, and those of tfjs, have no page.
    validation: { notExported: false, invalidLink: true, invalidPath: true, notDocumented: false },
  });
  sortByFolder(app);
  addExamples(app);
  const project = await app.convert();
  if (!project) return 1;
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) return 1;
  await app.generateOutputs(project);
  return app.logger.hasErrors() ? 1 : 0;
}

try {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) console.log(help);
  else {
    const out = path.resolve(values.out ?? inWorkspace('reports', 'reference'));
    process.exitCode = await build(out);
    if (process.exitCode === 0) console.log(path.join(out, 'index.html'));
  }
} catch (error) {
  console.error(`docs: ${/** @type {Error} */ (error).message}\n\n${help}`);
  process.exitCode = 2;
}
