/** More than any photo has; a browser would take minutes for it, or give up. */
const mostBytes = 100e6;

/**
 * An image of the reader's own in the size that the networks take: its middle, as large as fits.
 *
 * @returns `[height, width, 3]`
 * @throws Error for what the browser cannot read as an image, with what to do
 */
export async function readPicture(
  file: Blob & { name?: string },
  width: number,
  height: number,
): Promise<Uint8Array> {
  const name = file.name ?? 'what was pasted';
  if (file.size > mostBytes) {
    const size = Math.round(file.size / 1e6);
    throw new Error(`${name} has ${size} MB: give an image of at most ${mostBytes / 1e6} MB`);
  }
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Error(`${name} is no image that this browser can read: give a PNG, JPEG or WebP`);
  }
  try {
    return shrunk(picture, width, height);
  } finally {
    picture.close();
  }
}

function shrunk(picture: ImageBitmap, width: number, height: number): Uint8Array {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  // What shines through is white, as on paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  const scale = Math.max(width / picture.width, height / picture.height);
  // Pixel art in the right size stays as it is.
  context.imageSmoothingEnabled = scale !== 1;
  const size = [picture.width * scale, picture.height * scale] as const;
  context.drawImage(picture, (width - size[0]) / 2, (height - size[1]) / 2, ...size);
  const { data } = context.getImageData(0, 0, width, height);
  return Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)]!,
  );
}
