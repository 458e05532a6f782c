import { inPaperForm, type PaperMetric, paperRows } from '../../paper';

/** A metric's value with the paper's, in the paper's form or in that of `form`. */
type Value = (section: string, name: RegExp, form?: string) => string | null;

/**
 * A summary of a run in sentences. Each states values of the run, so that none claims what the run did
 * not give; what was not measured is left out.
 */
export function abstract(metrics: readonly PaperMetric[], profile: string): string[] {
  const value: Value = (section, name, form) => {
    const metric = metrics.find((one) => one.section === section && name.test(one.name));
    if (!metric || !Number.isFinite(metric.value)) return null;
    const paper = metric.paper === undefined ? '' : ` (paper: ${metric.paper})`;
    return `${inPaperForm(metric.value, form ?? metric.paper)}${paper}`;
  };
  const sentences = [
    perceptron(value),
    network(value),
    severalTypes(value),
    mobileNet(value),
    maps(value),
    masks(value),
    profile === 'smoke'
      ? 'The profile smoke trains for seconds only, so these values say nothing about the paper.'
      : counted(metrics),
  ];
  return sentences.filter((sentence): sentence is string => sentence !== null);
}

const perceptron = (value: Value): string | null => {
  const found = value('1.3', /^test accuracy/);
  return found && `A multi-layer perceptron reaches a test accuracy of ${found}.`;
};

const network = (value: Value): string | null => {
  const [plain, better] = [value('2.3', /^test accuracy/), value('2.4', /^test accuracy/)];
  return pair('A small, regularised CNN reaches', plain, 'without callbacks', better, 'with them');
};

const severalTypes = (value: Value): string | null => {
  const exact = value('3', /^exact match/);
  const accuracy = value('3', /accuracy with callbacks/);
  if (!exact) return accuracy && `With several types an image, Keras's accuracy is ${accuracy}.`;
  const beside = accuracy ? `; the accuracy that Keras counts is ${accuracy}` : '';
  return `With several types an image, the CNN names every type of ${exact} of the images${beside}.`;
};

const mobileNet = (value: Value): string | null => {
  const one = pair(
    'MobileNet reaches',
    ...([value('4.1.1', /^test accuracy/), 'frozen'] as const),
    ...([value('4.1.2', /^test accuracy/), 'fine-tuned'] as const),
  );
  const several = pair(
    'For several types its recall is',
    ...([value('4.2.1', /^test recall/), 'frozen'] as const),
    ...([value('4.2.2', /^test recall/), 'fine-tuned'] as const),
  );
  return [one, several].filter(Boolean).join(' ') || null;
};

const maps = (value: Value): string | null => {
  const found = value('5', /^pointing game/, '%');
  return (
    found &&
    `The best class activation maps have their highest value on the pokémon in ${found} of the images.`
  );
};

const masks = (value: Value): string | null => {
  const found = value('beyond', /IoU/);
  return (
    found &&
    `Beyond the paper, a U-Net marks the pokémon's pixels with an intersection over union of ${found}.`
  );
};

function pair(
  begin: string,
  first: string | null,
  when: string,
  second: string | null,
  then: string,
): string | null {
  const parts = [first && `${first} ${when}`, second && `${second} ${then}`].filter(Boolean);
  return parts.length > 0 ? `${begin} ${parts.join(' and ')}.` : null;
}

/** How many of the paper's values came out, counted. */
function counted(metrics: readonly PaperMetric[]): string | null {
  const rows = paperRows(metrics).filter(({ verdict }) => verdict !== 'not comparable');
  if (rows.length === 0) return null;
  const count = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  const others = [
    ...[[count('higher'), 'higher'] as const, [count('lower'), 'lower'] as const],
    [count('differs'), 'not reproduced'] as const,
  ].filter(([number]) => number > 0);
  const rest = others.map(([number, word]) => `${number} ${number === 1 ? 'is' : 'are'} ${word}`);
  const values = rows.length === 1 ? 'value' : 'values';
  return `Of ${rows.length} ${values} of the paper, ${[`${count('reproduced')} came out within two points`, ...rest].join(', ')}.`;
}
