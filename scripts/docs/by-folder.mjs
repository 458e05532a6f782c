import { Comment, CommentTag, Converter } from 'typedoc';

/**
 * Sorts the reference by the folders of `lib`: an export that comes from `lib/plots/` is in the
 * category `plots`, on the pages and in the navigation.
 *
 * @param {import('typedoc').Application} app
 */
export function sortByFolder(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      for (const reflection of module.children ?? []) {
        const folder = folderOf(project.getSymbolIdFromReflection(reflection)?.packagePath ?? '');
        if (!folder) continue;
        // TypeDoc reads the category of a function from its signatures.
        for (const owner of reflection.signatures ?? [reflection]) {
          owner.comment ??= new Comment();
          owner.comment.blockTags.push(
            new CommentTag('@category', [{ kind: 'text', text: folder }]),
          );
        }
      }
    }
  });
}

/** @param {string} file */
function folderOf(file) {
  return /^lib\/([^/]+)\//.exec(file)?.[1];
}
