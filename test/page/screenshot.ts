import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const FOLDER = fileURLToPath(new URL('golden', import.meta.url));

/** How much of a picture may differ, of its pixels, and how much one of them, of 255: fonts are drawn a little differently from machine to machine. */
const MOST_PIXELS = 0.02;
const MOST_OF_ONE = 48;

/** The share of pixels that differ; 1 where the sizes do. Compared by the browser, which reads PNG. */
function differing(page: Page, shots: readonly [Buffer, Buffer]): Promise<number> {
  const urls = shots.map(shot => `data:image/png;base64,${shot.toString('base64')}`);
  return page.evaluate<number, readonly [readonly string[], number]>(
    async ([sources, mostOfOne]) => {
      const pixels = sources.map(async source => {
        const image = await createImageBitmap(await (await fetch(source)).blob());
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d');
        context?.drawImage(image, 0, 0);
        return { width: image.width, data: context?.getImageData(0, 0, image.width, image.height).data ?? [] };
      });
      const [a, b] = await Promise.all(pixels);
      if (a === undefined || b === undefined || a.width !== b.width || a.data.length !== b.data.length) return 1;
      let count = 0;
      for (let at = 0; at < a.data.length; at += 4) {
        const isOff = [0, 1, 2].some(
          channel => Math.abs((a.data[at + channel] ?? 0) - (b.data[at + channel] ?? 0)) > mostOfOne,
        );
        if (isOff) count += 1;
      }
      return (count * 4) / a.data.length;
    },
    [urls, MOST_OF_ONE],
  );
}

/** Compares what the viewport shows with the picture of this name; `UPDATE_GOLDEN=1` writes it. Resolves to what is wrong, or nothing. */
export async function screenshotFault(page: Page, name: string): Promise<string | undefined> {
  const file = `${FOLDER}/${name}.png`;
  const shot = await page.screenshot({ animations: 'disabled' });
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, shot);
    return undefined;
  }
  if (!existsSync(file)) return `${name}: there is no picture: UPDATE_GOLDEN=1 makes it`;
  const blank = await page.context().newPage();
  const share = await differing(blank, [readFileSync(file), shot]);
  await blank.close();
  if (share <= MOST_PIXELS) return undefined;
  writeFileSync(`${FOLDER}/${name}.now.png`, shot);
  return `${name}: ${(share * 100).toFixed(1)} % of the pixels differ, see ${name}.now.png`;
}
