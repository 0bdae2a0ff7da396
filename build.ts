import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join, normalize } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { buildLibrary } from './packaging/library.ts';
import { licensesOf } from './packaging/licenses.ts';
import { bundledPackages, sbomOf } from './packaging/sbom.ts';

/** What stands for a module of Node where commander imports it. It runs no programs of its own, and strips colours only from coloured help. */
const FOR_COMMANDER: ReadonlyMap<string, string> = new Map([
  ['node:child_process', 'module.exports = {}'],
  [
    'node:util',
    "exports.stripVTControlCharacters = text => process.getBuiltinModule('util').stripVTControlCharacters(text)",
  ],
]);

/**
 * Node's own modules by `process.getBuiltinModule`, which also serves CommonJS packages: they would need a `require` otherwise. To load a module
 * that way or by `import` makes Node read every export of it: of `process` that opens the three standard streams, of `util` it loads a dozen
 * more modules. Without those two a start takes 12 ms less of 70.
 */
const BUILTINS: Plugin = {
  name: 'builtins',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[a-z_:/0-9]+$/ }, ({ path, importer }) => {
      if (!isBuiltin(path)) return undefined;
      const isForCommander = FOR_COMMANDER.has(path) && importer.includes('/commander/');
      return { path, namespace: isForCommander ? 'for-commander' : 'builtin' };
    });
    onLoad({ filter: /.*/, namespace: 'for-commander' }, ({ path }) => ({ contents: FOR_COMMANDER.get(path) ?? '' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = ${/^(?:node:)?process$/.test(path) ? 'process' : `process.getBuiltinModule('${path}')`}`,
    }));
  },
};

/**
 * One entry and a chunk for each command and format, not one file: measured on Node 24, a single file of 1.8 MB takes 45 ms more for
 * every command, since all of it is compiled before the first line runs.
 */
const OPTIONS: BuildOptions = {
  entryPoints: { chokepoint: 'src/main/start.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  logLevel: 'warning',
  plugins: [BUILTINS],
};

/** What is in the bundle, for those who must know: CycloneDX. */
const SBOM = 'dist/sbom.cdx.json';
/** What its authors ask to be told. */
const LICENSES = 'dist/THIRD-PARTY-LICENSES.txt';

const subject = JSON.parse(await readFile('package.json', 'utf8'));
const lock = JSON.parse(await readFile('package-lock.json', 'utf8'));
const { metafile } = await build({
  ...OPTIONS,
  metafile: true,
  define: { CHOKEPOINT_VERSION: JSON.stringify(subject.version) },
});
await chmod('dist/chokepoint.js', 0o755);
const library = await buildLibrary();
await writeFile(SBOM, `${JSON.stringify(sbomOf(metafile, subject, lock), null, 2)}\n`);
await writeFile(LICENSES, await licensesOf(bundledPackages(metafile)));

/** Chunks of earlier builds go last, so that what runs meanwhile finds its own. */
const written = new Set([SBOM, LICENSES, ...Object.keys(metafile.outputs), ...library].map(file => normalize(file)));
for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  if (entry.isFile() && !written.has(file)) await rm(file);
}
