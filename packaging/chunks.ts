import { relative } from 'node:path';
import type { Plugin } from 'esbuild';

/** Namespace of the modules that `import()` asks for; their paths are relative, as the names of chunks are made from them too. */
const LATER = 'later';

/**
 * Puts what is loaded together into one chunk. esbuild puts a module into a chunk by the set of entries that need it, and each `import()` is an
 * entry: what nearly every command needs fell into 45 chunks, each of which a start pays 0.4 ms of processor time to find and link. So a module that
 * is loaded later is said to need what is loaded by then too: `before` its own, by file, else `usual`.
 */
export function chunksBy(before: Readonly<Record<string, readonly string[]>>, usual: readonly string[]): Plugin {
  const needs = new Map(Object.entries(before));
  const needed = new Set([...needs.values(), usual].flat());
  return {
    name: 'chunks',
    setup: ({ onResolve, onLoad, resolve }) => {
      onResolve({ filter: /^\.\.?\// }, async ({ path, kind, resolveDir, namespace, pluginData }) => {
        if (pluginData === LATER) return undefined;
        const found = await resolve(path, { kind: 'import-statement', resolveDir, pluginData: LATER });
        const file = relative('.', found.path);
        if (kind === 'dynamic-import' && namespace !== LATER) return { path: file, namespace: LATER };
        // package.json says that our modules have no side effects, and then an import without names is none.
        return needed.has(file) ? { path: found.path, sideEffects: true } : undefined;
      });
      onLoad({ filter: /^/, namespace: LATER }, ({ path }) => ({
        contents: `${(needs.get(path) ?? usual).map(file => `import './${file}';`).join('')}export * from './${path}';`,
        resolveDir: '.',
      }));
    },
  };
}
