import * as fs from 'node:fs';
import { inWorkspace } from '../../runtime';
import type { Content } from './messages';

const versionOf = (file: string) =>
  (JSON.parse(fs.readFileSync(inWorkspace(file), 'utf8')) as { version: string }).version;

/** The content of `kernel_info_reply`. */
export function kernelInfo(): Content {
  const typescript = 'node_modules/@tslab/typescript-for-tslab/package.json';
  return {
    status: 'ok',
    protocol_version: '5.3',
    implementation: 'gradbook',
    implementation_version: versionOf('package.json'),
    language_info: {
      name: 'typescript',
      version: versionOf(typescript),
      mimetype: 'text/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      nbconvert_exporter: 'script',
      // Together these enable TypeScript highlighting in JupyterLab and in the classic Notebook.
      codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
    },
    banner: `TypeScript on Node ${process.version}`,
    help_links: [],
    supported_features: [],
    debugger: false,
  };
}
