import { writeFile } from 'node:fs/promises';
import { type Metafile, type OutputFile, transform } from 'esbuild';

/**
 * Writes chunks as the CommonJS scripts that `src/adapters/system/scripts.ts` runs: esbuild splits ES modules alone, and only of a script can be kept
 * what V8 compiled while it ran. `import()` of another chunk becomes a promise of `require`.
 */
export async function writeScripts(files: readonly OutputFile[]): Promise<void> {
  for (const { path, contents, text } of files) {
    if (!path.endsWith('.cjs')) await writeFile(path, contents);
    else await writeFile(path, (await transform(text, SCRIPT)).code);
  }
}

const SCRIPT = {
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  supported: { 'dynamic-import': false },
  define: { 'import.meta.dirname': '__dirname' },
} as const;

/** The script with which the program begins. */
export function entryOf({ outputs }: Metafile, entryPoint: string): string {
  const [file] = Object.keys(outputs).filter(path => outputs[path]?.entryPoint === entryPoint);
  if (file === undefined) throw new Error(`nothing was made of ${entryPoint}`);
  return file.slice(file.lastIndexOf('/') + 1);
}
