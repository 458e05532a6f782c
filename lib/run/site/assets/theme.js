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

addEventListener('DOMContentLoaded', () => {
  // Where there are many pages, the name of this one is in view.
  const here = document.querySelector('nav [aria-current]');
  if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 40;
  document.querySelector('#theme')?.addEventListener('click', switchTheme);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
    dispatchEvent(new Event('gradbook-theme')),
  );
});

// Paper shows what is folded on a screen.
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details:not([open])')) {
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
