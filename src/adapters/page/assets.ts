import { join } from 'node:path';

/** The script and the style of a page. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

const FOLDER = join(import.meta.dirname, 'browser');

/**
 * Bundles what runs in the browser. That is for runs from the sources: the bundle of the command line holds in the place of this module what it gives
 * (`packaging/bundle.ts`).
 */
export async function loadAssets(): Promise<PageAssets> {
  const { build } = await import('esbuild');
  const bundled = async (file: string): Promise<string> => {
    const { outputFiles } = await build({
      entryPoints: [join(FOLDER, file)],
      ...{ bundle: true, write: false, minify: true, format: 'iife', platform: 'browser', target: 'es2023' },
    });
    return outputFiles.map(({ text }) => text.trim()).join('');
  };
  const [script, style] = await Promise.all([bundled('main.ts'), bundled('page.css')]);
  return { script, style };
}
