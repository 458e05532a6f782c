import { bytesOf, floatsOf } from '../../base64';
import type { LiveNetwork } from '../../types';
import { isRight, predictedClasses } from '../../verdict';
import { data, type Engine } from './client';
import { pictureAt } from './comparison';
import { drawPicture } from './drawing';
import { byId, element } from './elements';
import { cutSprite, type Scene, type Sprite } from './scene';

/** How many photos and sprites there are to choose from. */
const most = 20;

/** The test images, photos without a sprite, and sprites to lay on them. */
export class Strips {
  private readonly pictures: { button: HTMLElement; note: HTMLElement }[] = [];

  /** @param changed is called after each change of the scene */
  constructor(scene: Scene, changed: () => void) {
    for (const [index, { name, primary, secondary }] of data.pictures.entries()) {
      const types = [primary, secondary].filter((type) => type >= 0);
      const truth = types.map((type) => data.classNames[type]).join(' and ');
      const title = `${name}: ${truth}`;
      const { button, note } = thumbnail(pictureAt(index), title);
      if (index === 0) scene.show(pictureAt(0), title);
      button.addEventListener('click', () => {
        scene.show(pictureAt(index), title);
        changed();
      });
      this.pictures.push({ button, note });
      byId('pictures').append(button);
    }
    byId('composing').hidden = data.masks === null;
    byId('only-mistakes').addEventListener('change', () => this.filter());
    if (data.masks && data.photos) {
      makePhotos(scene, changed, bytesOf(data.photos));
      makeSprites(scene, changed, bytesOf(data.masks));
    }
  }

  /** Marks what a network got wrong, by Node's predictions. */
  mark(network: LiveNetwork, engine: Engine): void {
    const outputs = floatsOf(engine.references(network.name).outputs);
    const width = outputs.length / data.pictures.length;
    for (const [index, { button, note }] of this.pictures.entries()) {
      const output = outputs.subarray(index * width, (index + 1) * width);
      const picture = data.pictures[index]!;
      const judged = network.kind !== 'mask';
      const wrong = judged && !isRight(network.kind, output, picture);
      const said = predictedClasses(network.kind, output).map((type) => data.classNames[type]);
      button.classList.toggle('wrong', wrong);
      note.textContent = wrong ? `✗ ${said.join(' and ') || 'none'}` : judged ? '✓' : '';
    }
    byId<HTMLInputElement>('only-mistakes').disabled = network.kind === 'mask';
    this.filter();
  }

  private filter(): void {
    const { checked, disabled } = byId<HTMLInputElement>('only-mistakes');
    let shown = 0;
    for (const { button } of this.pictures) {
      button.hidden = checked && !disabled && !button.classList.contains('wrong');
      if (!button.hidden) shown++;
    }
    byId('no-mistakes').hidden = shown > 0;
  }
}

function thumbnail(pixels: Uint8Array, title: string) {
  const { width, height } = data;
  const canvas = element('canvas', { width: String(width), height: String(height) });
  drawPicture(canvas, pixels);
  const note = element('span', {});
  const attributes = { type: 'button', class: 'thumbnail', title, 'aria-label': title };
  return { button: element('button', attributes, canvas, note), note };
}

function makePhotos(scene: Scene, changed: () => void, photos: Uint8Array): void {
  const size = data.height * data.width * 3;
  for (const index of data.pictures.slice(0, most).keys()) {
    const photo = photos.slice(index * size, (index + 1) * size);
    const title = `Photo ${index + 1}`;
    const { button } = thumbnail(photo, title);
    button.addEventListener('click', () => {
      scene.showBehind(photo, title);
      changed();
    });
    byId('photos').append(button);
  }
}

function makeSprites(scene: Scene, changed: () => void, masks: Uint8Array): void {
  const size = data.height * data.width;
  for (const [index, { name }] of data.pictures.slice(0, most).entries()) {
    const mask = masks.subarray(index * size, (index + 1) * size);
    const sprite = cutSprite(name, pictureAt(index), mask, data.width);
    if (!sprite) continue;
    const button = spriteButton(sprite);
    button.addEventListener('click', () => {
      scene.putSprite(sprite);
      changed();
    });
    byId('sprites').append(button);
  }
}

function spriteButton({ name, width, height, pixels }: Sprite): HTMLElement {
  const canvas = element('canvas', { width: String(width), height: String(height) });
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(width, height);
  image.data.set(pixels);
  context.putImageData(image, 0, 0);
  const title = `Sprite of ${name}`;
  const attributes = { type: 'button', class: 'thumbnail sprite', title, 'aria-label': title };
  return element('button', attributes, canvas);
}
