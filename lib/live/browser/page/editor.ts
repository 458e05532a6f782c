import { byId } from './elements';
import { readPicture } from './own-picture';
import type { Scene } from './scene';

/** Pixels of the image that an arrow key moves by; with Shift more. */
const step = 1;
const wideStep = 8;

/** What the reader's hands do to the scene: pointer, finger, keys, files and the clipboard. */
export class Editor {
  private readonly canvas = byId<HTMLCanvasElement>('picture');
  private readonly colour = byId<HTMLInputElement>('colour');
  private readonly brush = byId<HTMLInputElement>('brush');
  /** Where the pointer, or the brush of the keyboard, is. */
  private place: [number, number];
  private grabbed: [number, number] | null = null;
  private painting = false;

  /**
   * @param changed is called after each change
   * @param say tells the reader something; an empty text takes it away
   */
  constructor(
    private readonly scene: Scene,
    private readonly changed: () => void,
    private readonly say: (message: string, kind?: 'note' | 'error') => void,
  ) {
    this.place = [scene.width / 2, scene.height / 2];
    this.listen();
  }

  private get paints(): boolean {
    return byId<HTMLInputElement>('tool-paint').checked;
  }

  private listen(): void {
    const { canvas } = this;
    canvas.addEventListener('pointerdown', (event) => this.begin(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const end of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(end, () => {
        this.painting = false;
        this.grabbed = null;
      });
    }
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener(
      'wheel',
      (event) => {
        if (!this.scene.sprite) return;
        event.preventDefault();
        this.scene.resize(event.deltaY < 0 ? 1.1 : 1 / 1.1);
        this.changed();
      },
      { passive: false },
    );
    this.button('larger', () => this.scene.resize(1.2));
    this.button('smaller', () => this.scene.resize(1 / 1.2));
    this.button('no-sprite', () => {
      this.scene.sprite = null;
    });
    this.button('no-paint', () => this.scene.clearPaint());
    this.listenToFiles();
  }

  private button(id: string, run: () => void): void {
    byId(id).addEventListener('click', () => {
      run();
      this.changed();
    });
  }

  private listenToFiles(): void {
    const chooser = byId<HTMLInputElement>('file');
    chooser.addEventListener('change', () => {
      this.open(chooser.files?.[0]);
      chooser.value = '';
    });
    byId('open').addEventListener('click', () => chooser.click());
    addEventListener('dragover', (event) => event.preventDefault());
    addEventListener('drop', (event) => {
      event.preventDefault();
      this.open(event.dataTransfer?.files[0]);
    });
    addEventListener('paste', (event) => {
      const items = [...(event.clipboardData?.items ?? [])];
      this.open(items.find(({ kind }) => kind === 'file')?.getAsFile() ?? undefined);
    });
  }

  private async open(file: File | undefined): Promise<void> {
    if (!file) {
      this.say('that holds no file: give a PNG, JPEG or WebP', 'error');
      return;
    }
    try {
      const { width, height } = this.scene;
      this.scene.show(await readPicture(file, width, height), file.name);
      this.say('');
      this.changed();
    } catch (error) {
      this.say((error as Error).message, 'error');
    }
  }

  /** Where an event happened, in pixels of the image. */
  private placeOf({ clientX, clientY }: PointerEvent): [number, number] {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const { scene } = this;
    return [((clientX - left) / width) * scene.width, ((clientY - top) / height) * scene.height];
  }

  private begin(event: PointerEvent): void {
    const { canvas, scene } = this;
    canvas.setPointerCapture(event.pointerId);
    this.place = this.placeOf(event);
    if (this.paints) {
      this.painting = true;
      this.paintTo(this.place);
    } else if (scene.sprite) {
      this.grabbed = [this.place[0] - scene.x, this.place[1] - scene.y];
    }
  }

  private move(event: PointerEvent): void {
    const to = this.placeOf(event);
    if (this.painting) this.paintTo(to);
    if (this.grabbed) {
      this.scene.moveTo(to[0] - this.grabbed[0], to[1] - this.grabbed[1]);
      this.changed();
    }
  }

  private paintTo(to: [number, number]): void {
    const value = Number.parseInt(this.colour.value.slice(1), 16);
    const colour = [value >> 16, (value >> 8) & 255, value & 255] as const;
    this.scene.stroke(this.place, to, Number(this.brush.value) / 2, colour);
    this.place = to;
    this.changed();
  }

  /** Arrows move the sprite, or the brush while painting; the space bar paints; + and - change the size. */
  private key(event: KeyboardEvent): void {
    const { scene } = this;
    const far = event.shiftKey ? wideStep : step;
    const arrows: Record<string, [number, number]> = {
      ...{ ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] },
    };
    const arrow = arrows[event.key];
    if (arrow && this.paints) {
      const [x, y] = this.place;
      this.place = [
        Math.min(scene.width, Math.max(0, x + arrow[0])),
        Math.min(scene.height, Math.max(0, y + arrow[1])),
      ];
      this.say(`brush at ${this.place.map(Math.round).join(', ')}`);
    } else if (arrow) scene.moveTo(scene.x + arrow[0], scene.y + arrow[1]);
    else if (event.key === ' ' && this.paints) this.paintTo(this.place);
    else if (event.key === '+') scene.resize(1.1);
    else if (event.key === '-') scene.resize(1 / 1.1);
    else if (event.key === 'Delete') scene.sprite = null;
    else return;
    event.preventDefault();
    this.changed();
  }
}
