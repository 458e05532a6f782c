import type { NotebookSummary } from '../summary/summary';
import { numberFigures, type PageFigure } from './figures';
import { type Heading, headingsOf } from './navigation';
import { results } from './parts';

/** A notebook's page: the inside of its `<main>`, and what is in it. */
export interface Chapter {
  notebook: NotebookSummary;
  main: string;
  headings: Heading[];
  figures: PageFigure[];
}

/**
 * The content of a notebook's page, with its results and with numbered figures.
 *
 * @param converted the page that nbconvert made
 * @param number of the chapter, from 1
 */
export function chapterOf(converted: string, notebook: NotebookSummary, number: number): Chapter {
  const begin = converted.indexOf('<main>') + '<main>'.length;
  const inside = converted.slice(begin, converted.lastIndexOf('</main>'));
  // A function, since the text may hold `$&` and the like.
  const whole = inside.replace('<!-- gradbook:results -->', () => results(notebook));
  const { page, figures } = numberFigures(whole, number);
  return { notebook, main: page, headings: headingsOf(page), figures };
}
