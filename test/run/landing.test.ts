import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { numberFigures } from '../../lib/run/site/figures';
import { landing, reportTitle } from '../../lib/run/site/landing';
import { ownFile } from '../../lib/run/site/parts';
import { searchIndex } from '../../lib/run/site/search-index';
import { pageOf } from '../notebook/page';
import { summaryOf, type TestMetric } from './summaries';

const textOf = (summary: Parameters<typeof landing>[0]) =>
  pageOf(`<body>${landing(summary, ownFile, '', [])}</body>`).text.replace(/\s+/g, ' ');

/** A run of the whole paper; `values` by section, frozen and fine-tuned. */
const paperRun = (frozen: number, tuned: number, plain: number, callbacks: number) => {
  const metrics: TestMetric[] = [
    ['1.3', 'test accuracy with callbacks', 0.27, 'about 30 %'],
    ['2.3', 'test accuracy without callbacks', plain, '83 %'],
    ['2.4', 'test accuracy with callbacks', callbacks, '99.5 %'],
    ['4.1.1', 'test accuracy, frozen', frozen, '0.9400'],
    ['4.1.2', 'test accuracy, fine-tuned', tuned, '0.9960'],
    [
      '4.3',
      'change of accuracy by mirrored copies',
      0.012,
      'significantly lower',
      { agrees: false },
    ],
    ['beyond', 'test IoU of the masks', 0.991],
  ];
  return summaryOf({ a: metrics });
};

describe('the first page of the report', () => {
  test("has the paper's values beside the run's, with a verdict in words", () => {
    const page = pageOf(
      `<body>${landing(paperRun(0.916, 0.988, 0.672, 1), ownFile, '', [])}</body>`,
    );
    assert.deepEqual(
      page.texts('table.paper tbody tr').map((row) => row.replace(/\s+/g, ' ')),
      [
        '1.3test accuracy with callbacks about 30 %27 % reproduced',
        '2.3test accuracy without callbacks 83 %67.2 % 15.8 points lower',
        '2.4test accuracy with callbacks 99.5 %100 % reproduced',
        '4.1.1test accuracy, frozen 0.94000.9160 2.4 points lower',
        '4.1.2test accuracy, fine-tuned 0.99600.9880 reproduced',
        '4.3change of accuracy by mirrored copies significantly lower+1.2 points not reproduced',
      ],
    );
    assert.equal(page.count('.verdict.good'), 3 + 3);
    assert.match(
      page.text,
      /Of 6 values of the paper, 3 came out within two points, 2 are lower, 1 is not reproduced\./,
    );
  });

  test('claims nothing that the run did not give', () => {
    const good = textOf(paperRun(0.916, 0.988, 0.672, 1));
    const bad = textOf(paperRun(0.655, 0.63, 0.9, 0.4));
    assert.match(good, /fine-tuning beats the frozen MobileNet.{0,60}0\.916.?0\.988.?supported/);
    assert.match(bad, /fine-tuning beats the frozen MobileNet.{0,60}0\.655.?0\.63.?not supported/);
    assert.match(bad, /callbacks raise the accuracy of the CNN.{0,60}0\.9.?0\.4.?not supported/);
    assert.match(
      bad,
      /0\.6550 \(paper: 0\.9400\) frozen and 0\.6300 \(paper: 0\.9960\) fine-tuned/,
    );
    for (const text of [good, bad]) assert.ok(!/near perfect|again|clearly/.test(text));
  });

  test('leaves out what was not run', () => {
    const text = textOf(
      summaryOf({ a: [['2.4', 'test accuracy with callbacks', 0.99, '99.5 %']] }),
    );
    assert.match(text, /CNN reaches 99 % \(paper: 99\.5 %\) with them\./);
    assert.ok(!/MobileNet reaches|perceptron reaches|conclusions/.test(text));
    const none = summaryOf({ a: [['', 'loss', 0.2]] });
    assert.equal(reportTitle(none), 'Report');
    assert.ok(!/Abstract|paper/.test(textOf(none)));
  });

  test('judges nothing in the profile smoke', () => {
    const text = textOf({ ...paperRun(0.1, 0.1, 0.1, 0.1), profile: 'smoke' });
    assert.match(text, /not judged/);
    assert.match(text, /these values say nothing about the paper/);
    assert.ok(
      !/points lower|supported|reproduced\b(?!:)/.test(
        text.replace(/a course paper reproduced/g, ''),
      ),
    );
  });

  test('has mean and spread over seeds', () => {
    const summary = summaryOf({ a: [['2.4', 'test accuracy', 0.98, '99.5 %']] });
    const over = { runs: 3, mean: 0.99, min: 0.98, max: 1, deviation: 0.01 };
    summary.notebooks[0]!.spread = [{ name: '2.4 test accuracy', ...over }];
    assert.match(textOf(summary), /99 %98 % to 100 % reproduced/);
  });
});

test('figures are numbered by chapter, and links to their names become references', () => {
  const figure = (more: string) =>
    `<figure class='numbered' ${more}><img><figcaption>What</figcaption></figure>`;
  const html = `<p>see <a href="#figure:b">the maps</a>, <a href="#figure:c">no figure</a></p>${figure('')}${figure('data-name="b" data-key="yes"')}`;
  const { page, figures } = numberFigures(html, 5);
  assert.deepEqual(
    figures.map(({ id, label, name, isKey }) => [id, label, name, isKey]),
    [
      ['figure-5-1', 'Figure 5.1', '', false],
      ['figure-5-2', 'Figure 5.2', 'b', true],
    ],
  );
  assert.match(page, /see the maps \(<a href="#figure-5-2">Figure 5\.2<\/a>\), no figure/);
  assert.match(
    page,
    /<figure id="figure-5-2" class='numbered'[^>]*><img><figcaption><a class="number" href="#figure-5-2">Figure 5\.2<\/a> What</,
  );
});

test('the search knows the prose between headings, and no code', () => {
  const main = `<section class="cell text" id="x"><h1 id="T">Title<a class="anchor-link" href="#T">¶</a></h1><p>first &amp; last</p>
<h2 id="Net">The network</h2><p>layers</p></section><section class="cell code"><details class="source">secret()</details></section>`;
  assert.deepEqual(searchIndex([{ html: 'a.html', title: 'Title', main }]), [
    { id: 0, href: 'a.html#T', page: 'Title', heading: 'Title', text: 'first & last' },
    { id: 1, href: 'a.html#Net', page: 'Title', heading: 'The network', text: 'layers' },
  ]);
});
