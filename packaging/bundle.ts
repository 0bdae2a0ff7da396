import { isBuiltin } from 'node:module';
import type { BuildOptions, Plugin } from 'esbuild';
import { loadAssets } from '../src/adapters/page/assets.ts';
import { loadDashboardAssets } from '../src/adapters/page/dashboard-assets.ts';

/** What stands for a module of Node where commander imports it. It runs no programs of its own, and strips colours only from coloured help. */
const FOR_COMMANDER: ReadonlyMap<string, string> = new Map([
  ['node:child_process', 'module.exports = {}'],
  [
    'node:util',
    "exports.stripVTControlCharacters = text => process.getBuiltinModule('util').stripVTControlCharacters(text)",
  ],
]);

/**
 * What @kubernetes/client-node imports beside what reads and signs: the generated client of the whole API, a second HTTP client for it, and what
 * reads the answers of programs in a shell (`gcp`, `azure`), which are refused. Half of 1.9 MB.
 */
const FOR_CLIENT_NODE: ReadonlyMap<string, string> = new Map([
  ['undici', 'export class Agent {} export class ProxyAgent {}'],
  ['./gen/index.js', 'export const createConfiguration = undefined; export const ServerConfiguration = undefined'],
  ['jsonpath-plus', 'export const JSONPath = undefined'],
]);

const CLIENT_NODE: Plugin = {
  name: 'client-node',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(?:undici|jsonpath-plus|\.\/gen\/index\.js)$/ }, ({ path, importer }) =>
      importer.includes('/@kubernetes/client-node/dist/') ? { path, namespace: 'for-client-node' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'for-client-node' }, ({ path }) => ({
      contents: FOR_CLIENT_NODE.get(path) ?? '',
    }));
  },
};

/**
 * Node's own modules by `process.getBuiltinModule`, which also serves CommonJS packages: they would need a `require` otherwise. To load a module
 * by `import` makes Node read every export of it: of `process` that opens the three standard streams, of `util` it loads a dozen more modules.
 * Without those two a start takes 12 ms less of 70. For the same reason each export is read by itself, and only where it is used.
 */
const BUILTINS: Plugin = {
  name: 'builtins',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[a-z_:/0-9]+$/ }, ({ path, importer, kind }) => {
      if (!isBuiltin(path)) return undefined;
      const isForCommander = FOR_COMMANDER.has(path) && importer.includes('/commander/');
      if (isForCommander) return { path, namespace: 'for-commander' };
      // `import()` gives all exports away, so that none would go. What packages import is a module of its own: what one of them reads that is
      // seldom loaded would be read by every start, and `ReadStream` of `fs` alone loads 33 modules of Node.
      const isRead = kind === 'import-statement' && !importer.includes('/node_modules/');
      return { path, namespace: isRead ? 'builtin-exports' : 'builtin' };
    });
    onLoad({ filter: /.*/, namespace: 'for-commander' }, ({ path }) => ({ contents: FOR_COMMANDER.get(path) ?? '' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: `module.exports = ${builtin(path)}` }));
    onLoad({ filter: /.*/, namespace: 'builtin-exports' }, ({ path }) => ({ contents: exportsOf(path) }));
  },
};

const builtin = (path: string): string =>
  /^(?:node:)?process$/.test(path) ? 'process' : `process.getBuiltinModule('${path}')`;

/** An ES module of the exports that this Node.js has, each of which goes where it is not used. */
function exportsOf(path: string): string {
  const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter(
    name => /^[a-zA-Z]\w*$/.test(name) && name !== 'default',
  );
  const used = names.map(name => `export const ${name} = /* @__PURE__ */ (() => all.${name})();`);
  return `const all = /* @__PURE__ */ (() => ${builtin(path)})(); export default all; ${used.join('\n')}`;
}

/** What runs in the browser is bundled now, and stands as text in the chunk of those commands that write a page. */
const PAGE_ASSETS: Plugin = {
  name: 'page-assets',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/src\/adapters\/page\/assets\.ts$/ }, async () => ({
      contents: `export const loadAssets = async () => (${JSON.stringify(await loadAssets())});`,
    }));
    onLoad({ filter: /\/src\/adapters\/page\/dashboard-assets\.ts$/ }, async () => ({
      contents: `export const loadDashboardAssets = async () => (${JSON.stringify(await loadDashboardAssets())});`,
    }));
  },
};

/** What every bundle of the command line is made with. `version` is what `--version` says. */
export const bundleOptions = (version: string): BuildOptions => ({
  bundle: true,
  // A package is told of by its place in node_modules, also where that folder is linked in.
  preserveSymlinks: true,
  platform: 'node',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  logLevel: 'warning',
  plugins: [BUILTINS, CLIENT_NODE, PAGE_ASSETS],
  define: { CHOKEPOINT_VERSION: JSON.stringify(version) },
});
