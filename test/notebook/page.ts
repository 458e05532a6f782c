interface Element {
  textContent: string;
  querySelectorAll(selector: string): ArrayLike<Element>;
}

/** What a browser makes of HTML: elements and their texts. Scripts do not run. */
export function pageOf(html: string) {
  const { JSDOM } = require('jsdom');
  const { document } = new JSDOM(html).window;
  const all = (selector: string): Element[] => Array.from(document.querySelectorAll(selector));
  return {
    title: document.title as string,
    text: document.body.textContent as string,
    count: (selector: string) => all(selector).length,
    texts: (selector: string) => all(selector).map(({ textContent }) => textContent),
  };
}
