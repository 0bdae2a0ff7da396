import { writeFile } from 'node:fs/promises';
import { type Metafile, type OutputFile, transform } from 'esbuild';

/**
 * Writes chunks as the scripts that `src/adapters/system/scripts.ts` runs: esbuild splits ES modules alone, and only of a script can be kept
 * what V8 compiled while it ran. `import()` of another chunk becomes a promise of `require`.
 */
export async function writeScripts(files: readonly OutputFile[]): Promise<void> {
  for (const { path, contents, text } of files) {
    if (!path.endsWith('.cjs')) await writeFile(path, contents);
    else await writeFile(path, wrapped((await transform(text, SCRIPT)).code));
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

/** As Node.js wraps a CommonJS module before it runs it. Here and not there: to join texts of this size costs a start their copy. */
const wrapped = (code: string): string => `(function(exports,require,module,__dirname){${code}\n})\n`;

/** The script with which the program begins. */
export function entryOf({ outputs }: Metafile, entryPoint: string): string {
  const [file] = Object.keys(outputs).filter(path => outputs[path]?.entryPoint === entryPoint);
  if (file === undefined) throw new Error(`nothing was made of ${entryPoint}`);
  return file.slice(file.lastIndexOf('/') + 1);
}
