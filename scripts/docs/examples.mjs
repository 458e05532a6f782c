import * as fs from 'node:fs';
import * as path from 'node:path';
import { CommentTag, Converter, ReflectionKind } from 'typedoc';
import { inWorkspace } from '../setup/workspace.mjs';

/** @typedef {{ from: string, code: string }} Piece */

/**
 * Gives each function and class whose doc comment has no example the shortest one of the guides, or
 * else the shortest cell of a notebook, that uses it.
 *
 * @param {import('typedoc').Application} app
 */
export function addExamples(app) {
  const sources = [guideBlocks(), notebookCells()];
  const kinds = ReflectionKind.Function | ReflectionKind.Class | ReflectionKind.Variable;
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of (project.children ?? []).flatMap(membersOf)) {
      if (!reflection.kindOf(kinds)) continue;
      const { comment } = reflection.signatures?.[0] ?? reflection;
      if (!comment || comment.getTag('@example')) continue;
      const { parent, name } = reflection;
      const before = parent?.kindOf(ReflectionKind.Namespace) ? `${parent.name}\\.` : '\\b';
      const used = new RegExp(`${before}${name}\\b(?! *[,}])`);
      const found = sources.map((pieces) => pieces.find(({ code }) => used.test(code)));
      const example = found.find(Boolean);
      if (!example) continue;
      comment.blockTags.push(
        new CommentTag('@example', [
          { kind: 'text', text: `From \`${example.from}\`:\n` },
          { kind: 'code', text: `\`\`\`ts\n${example.code.trim()}\n\`\`\`` },
        ]),
      );
    }
  });
}

/**
 * @param {import('typedoc').DeclarationReflection} module
 * @returns {import('typedoc').DeclarationReflection[]} also those of `losses` and the like
 */
function membersOf({ children = [] }) {
  return children.flatMap((child) =>
    child.kindOf(ReflectionKind.Namespace) ? membersOf(child) : [child],
  );
}

/** @returns {Piece[]} the shortest first */
function guideBlocks() {
  const folder = inWorkspace('docs');
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.md'));
  return byLength(
    files.flatMap((name) => {
      const text = fs.readFileSync(path.join(folder, name), 'utf8');
      const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)];
      return blocks.map(([, code = '']) => ({ from: `docs/${name}`, code }));
    }),
  );
}

/** @returns {Piece[]} the shortest first */
function notebookCells() {
  const folder = inWorkspace('notebooks');
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.ipynb'));
  return byLength(
    files.flatMap((name) => {
      /** @type {{ cells: { cell_type: string, source: string | string[] }[] }} */
      const { cells } = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
      return cells
        .filter(({ cell_type: type }) => type === 'code')
        .map(({ source }) => ({ from: `notebooks/${name}`, code: [source].flat().join('') }));
    }),
  );
}

/** @param {Piece[]} pieces */
function byLength(pieces) {
  return pieces.sort((a, b) => a.code.length - b.code.length);
}
