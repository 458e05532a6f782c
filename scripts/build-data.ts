import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { buildPokemon } from '../lib/data';
import { GradbookError } from '../lib/runtime';

const help = `Builds the pokémon data set: sprites of pokesprite-images on photos, with masks and types.

  npm run data -- [options]

  --seed N         the same seed gives the same files, byte for byte (1)
  --count N        number of images (4500)
  --size N         side of an image in pixels (64)
  --photos DIR     photos of your own instead of the CC0 panoramas
  --photo-width N  resizes wider photos to this width first (0: no resizing)
  --out DIR        output folder (GRADBOOK_DATA, or data/pokemon)
  --force          builds even if the same data set exists already
  --help           shows this
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      count: { type: 'string' },
      size: { type: 'string' },
      photos: { type: 'string' },
      'photo-width': { type: 'string' },
      out: { type: 'string' },
      force: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  const fromHere = (dir: string | undefined) => (dir ? path.resolve(dir) : undefined);
  const started = performance.now();
  const { dir, record, built } = await buildPokemon({
    seed: number(values.seed),
    count: number(values.count),
    size: number(values.size),
    photos: fromHere(values.photos),
    photoWidth: number(values['photo-width']),
    out: fromHere(values.out),
    force: values.force,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const megabytes = (record.files['data.npz']!.bytes / 1e6).toFixed(1);
  process.stdout.write(
    built
      ? `${record.count} images of ${record.size}×${record.size} in ${dir} (${megabytes} MB, ${seconds} s)\n`
      : `${dir} holds this data set already\n`,
  );
}

main().catch((error: unknown) => {
  const expected =
    error instanceof GradbookError ||
    (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(
    `${expected ? `build-data: ${(error as Error).message}` : (error as Error).stack}\n`,
  );
  process.exitCode = 1;
});
