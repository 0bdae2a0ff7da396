import { join } from 'node:path';

/** The script and the style of a page. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

const FOLDER = join(import.meta.dirname, 'browser');

/** Bundles a script and a style for browsers. What only Node.js has cannot be in it: the bundler refuses that. */
export async function bundleAssets(folder: string, script: string, style: string): Promise<PageAssets> {
  const { build } = await import('esbuild');
  const bundled = async (file: string): Promise<string> => {
    const { outputFiles } = await build({
      // The folder that the process is in may be gone.
      absWorkingDir: folder,
      entryPoints: [join(folder, file)],
      ...{ bundle: true, write: false, minify: true, format: 'iife', platform: 'browser', target: 'es2023' },
    });
    return outputFiles.map(({ text }) => text.trim()).join('');
  };
  const [scriptText, styleText] = await Promise.all([bundled(script), bundled(style)]);
  return { script: scriptText, style: styleText };
}

/**
 * Bundles what runs in the browser. That is for runs from the sources: the bundle of the command line holds in the place of this module what it gives
 * (`packaging/bundle.ts`).
 */
export const loadAssets = (): Promise<PageAssets> => bundleAssets(FOLDER, 'main.ts', 'page.css');
