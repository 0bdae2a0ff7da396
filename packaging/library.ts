import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';

const run = promisify(execFile);

/** One file for every JavaScript runtime: `neutral` lets no module of Node.js in. It shares no chunks with the command line, whose start more of them would slow. */
const OPTIONS: BuildOptions = {
  entryPoints: { index: 'src/index.ts' },
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  target: 'es2024',
  minifySyntax: true,
  legalComments: 'linked',
  logLevel: 'warning',
  metafile: true,
};

const TYPES = 'dist/types';

/** Types are not checked here: that is another command, which must not be half of every build. */
const TSC = [
  'node_modules/typescript/bin/tsc',
  '-p',
  'packaging/tsconfig.library.json',
  '--outDir',
  TYPES,
  '--noCheck',
];

const IMPORTED = /\bfrom '(\.[^']+)\.ts'|\bimport\("(\.[^"]+)\.ts"\)/g;

/** The declarations that a file leads to, itself among them. The others describe what nobody can import. */
async function declarationsFrom(file: string, found: Set<string> = new Set()): Promise<ReadonlySet<string>> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, named, inline] of (await readFile(file, 'utf8')).matchAll(IMPORTED))
    await declarationsFrom(join(dirname(file), `${named ?? inline}.d.ts`), found);
  return found;
}

/** Builds `dist/index.js` and its declarations. Resolves to the files that make up the library; declarations that it does not need are left to be cleared away. */
export async function buildLibrary(): Promise<readonly string[]> {
  const [{ metafile }] = await Promise.all([build(OPTIONS), run(process.execPath, TSC)]);
  const declarations = await declarationsFrom(join(TYPES, 'index.d.ts'));
  return [...Object.keys(metafile?.outputs ?? {}), ...declarations];
}
