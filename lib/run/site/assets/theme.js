// @ts-nocheck
// Runs in a browser, whose types the workspace does without.
// Light or dark: what the reader chose, else what the system says. Runs before the page is drawn.
const remembered = localStorage.getItem('gradbook-theme');
if (remembered) document.documentElement.dataset.theme = remembered;

/** Whether the page is dark now. */
function isDark() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen === 'dark';
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

function switchTheme() {
  const theme = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('gradbook-theme', theme);
  dispatchEvent(new Event('gradbook-theme'));
}

/** Shows or folds the code of all cells; what the reader chose is kept. */
function showCode(shown) {
  document.documentElement.classList.toggle('hide-code', !shown);
  for (const details of document.querySelectorAll('details.source')) details.open = shown;
  document.querySelector('#code')?.setAttribute('aria-pressed', String(shown));
}

addEventListener('DOMContentLoaded', () => {
  const code = document.querySelector('#code');
  const hasCode = document.querySelector('details.source') !== null;
  if (code) code.hidden = !hasCode;
  if (hasCode) showCode(localStorage.getItem('gradbook-code') !== 'hidden');
  code?.addEventListener('click', () => {
    const shown = document.documentElement.classList.contains('hide-code');
    localStorage.setItem('gradbook-code', shown ? 'shown' : 'hidden');
    showCode(shown);
  });
  // The contents would fill a phone's screen.
  const list = document.querySelector('.contents > details');
  if (list && !matchMedia('(min-width: 1080px)').matches) list.open = false;
  document.querySelector('#theme')?.addEventListener('click', switchTheme);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
    dispatchEvent(new Event('gradbook-theme')),
  );
});

// Paper shows what is folded on a screen, but for code that the reader has hidden.
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details:not([open], .source)')) {
    details.dataset.folded = 'yes';
    details.open = true;
  }
});
addEventListener('afterprint', () => {
  for (const details of document.querySelectorAll('details[data-folded]')) {
    delete details.dataset.folded;
    details.open = false;
  }
});
