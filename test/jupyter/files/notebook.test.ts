import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, test } from 'node:test';
import {
  notebookText,
  notebookTitle,
  readNotebook,
  writeNotebook,
} from '../../../lib/jupyter/files/notebook';
import { folderOf, notebookOf } from '../../run/notebooks';

const read = (content: string) => readNotebook(path.join(folderOf({ x: content }), 'x.ipynb'));

describe('readNotebook', () => {
  test('joins lines and gives ids to cells without one', () => {
    const notebook = read(
      JSON.stringify({
        nbformat: 4,
        nbformat_minor: 4,
        metadata: {},
        cells: [
          { cell_type: 'markdown', metadata: {}, source: ['# A `good`\n', 'text'] },
          {
            cell_type: 'code',
            metadata: {},
            source: ['a\n', 'b'],
            outputs: [
              { output_type: 'stream', name: 'stdout', text: ['1\n', '2'] },
              {
                output_type: 'display_data',
                metadata: {},
                data: { 'text/html': ['<b>', '</b>'], 'application/x+json': ['kept', 'apart'] },
              },
            ],
          },
        ],
      }),
    );
    const [text, code] = notebook.cells;
    assert.equal(text!.source, '# A `good`\ntext');
    assert.equal(code!.source, 'a\nb');
    assert.match(code!.id, /^[0-9a-f]{8}$/);
    assert.deepEqual(code!.outputs, [
      { output_type: 'stream', name: 'stdout', text: '1\n2' },
      {
        output_type: 'display_data',
        metadata: {},
        data: { 'text/html': '<b></b>', 'application/x+json': ['kept', 'apart'] },
      },
    ]);
    assert.equal(notebookTitle(notebook, 'x'), 'A good');
    assert.equal(JSON.parse(notebookText(notebook)).nbformat_minor, 5);
  });

  test('adds a missing display name of the kernel, as Jupyter requires', () => {
    const kernelspec = { name: 'gradbook' };
    const bare = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: [] };
    const { metadata } = read(JSON.stringify(bare));
    assert.deepEqual(metadata.kernelspec, { name: 'gradbook', display_name: 'gradbook' });
  });

  test('rejects files that are not notebooks of nbformat 4', () => {
    const cases: [string, string, RegExp][] = [
      ['hello', 'notebook-json', /it is not JSON/],
      ['', 'notebook-json', /it is not JSON/],
      ['null', 'notebook-format', /no "nbformat"/],
      ['{"cells": []}', 'notebook-format', /no "nbformat"/],
      ['{"nbformat": 3, "worksheets": []}', 'notebook-format', /has nbformat 3/],
      ['{"nbformat": 5, "cells": []}', 'notebook-format', /has nbformat 5/],
      ['{"nbformat": 4}', 'notebook-format', /no cells/],
      ['{"nbformat": 4, "cells": [{"cell_type": "code"}]}', 'notebook-format', /cell 1 is damaged/],
      ['{"nbformat": 4, "cells": [null]}', 'notebook-format', /cell 1 is damaged/],
      [
        '{"nbformat": 4, "cells": [{"cell_type": "poem", "source": ""}]}',
        'notebook-format',
        /poem/,
      ],
    ];
    for (const [content, code, message] of cases) {
      assert.throws(() => read(content), { code, message }, content);
    }
    assert.throws(() => readNotebook('/no/such.ipynb'), { code: 'notebook-missing' });
  });
});

test('a written notebook is read back unchanged', () => {
  const notebook = notebookOf(['a\n\nb\n', { code: '', tags: ['x'] }]);
  notebook.cells[0]!.outputs = [
    { output_type: 'stream', name: 'stdout', text: 'one\r\ntwo\n\n' },
    { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['a', 'b'] },
  ];
  const file = path.join(folderOf({}), 'deep', 'x.ipynb');
  writeNotebook(file, notebook);
  assert.deepEqual(readNotebook(file), notebook);
  assert.equal(fs.readdirSync(path.dirname(file)).length, 1);
});
