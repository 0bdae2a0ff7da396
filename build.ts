import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from './packaging/bundle.ts';
import { chunksBy } from './packaging/chunks.ts';
import { buildLibrary } from './packaging/library.ts';
import { licensesOf } from './packaging/licenses.ts';
import { bundledPackages, sbomOf } from './packaging/sbom.ts';
import { entryOf, writeScripts } from './packaging/scripts.ts';

/** What is in the bundle, for those who must know: CycloneDX. */
const SBOM = 'dist/sbom.cdx.json';
/** What its authors ask to be told. */
const LICENSES = 'dist/THIRD-PARTY-LICENSES.txt';

/** Where the scripts begin. */
const MAIN = 'src/main/executable.ts';
/** What every command runs, and what all that judge and explain run. */
const CLI = 'src/main/cli.ts';
const ACTIONS = 'src/cli/actions.ts';

const subject = JSON.parse(await readFile('package.json', 'utf8'));
const lock = JSON.parse(await readFile('package-lock.json', 'utf8'));
const options = bundleOptions(subject.version);

/**
 * One entry and scripts, not one file: measured on Node 24, a single file of 1.8 MB takes 45 ms more for every command, since all of it is compiled
 * before the first line runs.
 */
const { metafile, outputFiles } = await build({
  ...options,
  plugins: [
    chunksBy({ [CLI]: [], [ACTIONS]: [CLI], 'src/cli/complete.ts': [CLI] }, [CLI, ACTIONS]),
    ...(options.plugins ?? []),
  ],
  entryPoints: [MAIN],
  outdir: 'dist/chunks',
  outExtension: { '.js': '.cjs' },
  splitting: true,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  format: 'esm',
  metafile: true,
  write: false,
});
await mkdir('dist/chunks', { recursive: true });
await writeScripts(outputFiles);
const START = 'dist/chokepoint.js';
await build({
  ...options,
  entryPoints: ['src/main/start.ts'],
  outfile: START,
  format: 'esm',
  define: { ...options.define, CHOKEPOINT_SCRIPT: JSON.stringify(entryOf(metafile, MAIN)) },
});
await chmod(START, 0o755);
const library = await buildLibrary();
await writeFile(SBOM, `${JSON.stringify(sbomOf(metafile, subject, lock), null, 2)}\n`);
await writeFile(LICENSES, await licensesOf(bundledPackages(metafile)));

/** What `npm run release` has made of an earlier build. */
const RELEASE = join('dist', 'release');
/** Where the playground is built, by its own command. */
const PLAYGROUND = join('dist', 'playground');

/** Chunks of earlier builds go last, so that what runs meanwhile finds its own. */
const written = new Set(
  [START, SBOM, LICENSES, ...Object.keys(metafile.outputs), ...library].map(file => normalize(file)),
);
for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  const isKept = [RELEASE, PLAYGROUND].some(folder => file.startsWith(folder));
  if (entry.isFile() && !written.has(file) && !isKept) await rm(file);
}
