import * as assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { architecture } from '../../lib/plots';

const conv = (name: string, side: number, channels: number) => ({
  name,
  className: 'Conv2D',
  outputShape: `(None, ${side}, ${side}, ${channels})`,
  params: 1000,
});

function labels(layers: Parameters<typeof architecture>[0]): string[] {
  const { layout } = architecture(layers);
  return (layout['annotations'] as { text: string }[]).map(({ text }) => text);
}

describe('architecture', () => {
  it('adds small layers to the block before, and shows the shape after pooling', () => {
    const found = labels([
      conv('a', 64, 32),
      { name: 'bn', className: 'BatchNormalization', outputShape: [null, 64, 64, 32], params: 128 },
      { name: 'pool', className: 'MaxPooling2D', outputShape: '(None, 32, 32, 32)', params: 0 },
      { name: 'mean', className: 'GlobalAveragePooling2D', outputShape: '(None, 32)', params: 0 },
      { name: 'out', className: 'Dense', outputShape: '(None, 10)', params: 330 },
    ]);
    assert.deepEqual(found, [
      ...['<b>conv</b>', '64×64×32', '→ 32×32×32', '1.13k par.'],
      ...['<b>mean</b>', '32'],
      ...['<b>dense</b>', '10', '330 par.'],
    ]);
  });

  it('names the network inside a network, and counts all parameters', () => {
    const { alt } = architecture([
      {
        name: 'mobilenet',
        className: 'Functional',
        outputShape: '(None, 7, 7, 1024)',
        params: 3228864,
      },
    ]);
    assert.equal(alt, 'network of 1 layers with 3,228,864 parameters: mobilenet 7×7×1,024');
  });

  it('breaks a deep network into rows that fit', () => {
    const deep = Array.from({ length: 30 }, (_, i) => conv(`c${i}`, 32, 64));
    const { layout } = architecture(deep);
    assert.ok((layout['width'] as number) <= 900);
    const places = (layout['annotations'] as { x: number; y: number }[]).map(({ x }) => x);
    assert.ok(Math.max(...places) < 860);
    assert.ok((layout['height'] as number) > 500);
  });

  it('refuses shapes that cannot be read, and no layers', () => {
    assert.throws(() => architecture([]), { code: 'no-layers' });
    assert.throws(() => architecture([{ ...conv('a', 1, 1), outputShape: '(None)' }]), {
      code: 'bad-shape',
    });
  });
});
