// @ts-nocheck
// Runs in a browser, whose types the workspace does without.
// Searches the prose of all pages; the index is a script beside the pages, so that it works from files.

const field = document.querySelector('#search');
const list = document.querySelector('.found');

function hit({ href, page, heading, text }, words) {
  const link = document.createElement('a');
  link.href = href;
  link.textContent = heading;
  const about = document.createElement('small');
  const lower = text.toLowerCase();
  const at = Math.max(0, ...words.map((word) => lower.indexOf(word)));
  const begin = Math.max(0, at - 40);
  about.textContent = `${page} — ${begin > 0 ? '…' : ''}${text.slice(begin, begin + 110)}`;
  link.append(about);
  const item = document.createElement('li');
  item.append(link);
  return item;
}

if (field && typeof MiniSearch !== 'undefined' && typeof gradbookSearch !== 'undefined') {
  const index = new MiniSearch({
    fields: ['heading', 'page', 'text'],
    storeFields: ['href', 'page', 'heading', 'text'],
    searchOptions: {
      boost: { heading: 3, page: 2 },
      prefix: true,
      fuzzy: 0.15,
      combineWith: 'AND',
    },
  });
  index.addAll(gradbookSearch);
  const search = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = words.length ? index.search(field.value).slice(0, 12) : [];
    list.replaceChildren(...hits.map((one) => hit(one, words)));
    if (words.length && hits.length === 0) list.textContent = 'Nothing found';
    list.hidden = words.length === 0;
  };
  const links = () => [...list.querySelectorAll('a')];
  field.addEventListener('input', search);
  field.addEventListener('focus', search);
  addEventListener('keydown', (event) => {
    const writing = /^(input|textarea)$/i.test(document.activeElement?.tagName ?? '');
    if (event.key === '/' && !writing) {
      event.preventDefault();
      field.focus();
    } else if (event.key === 'Escape') {
      list.hidden = true;
      field.blur();
    } else if (['ArrowDown', 'ArrowUp'].includes(event.key) && !list.hidden) {
      const all = links();
      const at = all.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1);
      event.preventDefault();
      (all[at] ?? field).focus();
    } else if (event.key === 'Enter' && document.activeElement === field) {
      links()[0]?.click();
    }
  });
  addEventListener('click', ({ target }) => {
    if (!target.closest('.search')) list.hidden = true;
  });
}
