import { readFileSync } from 'node:fs';
import type { Metafile } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { bundledPackages, packageFolder, sbomOf } from '../../packaging/sbom.ts';

const SUBJECT = { name: 'gate', version: '1.0.0', description: 'A gate.', license: 'Apache-2.0' };

/** A bundle of one file: the bytes of each input that are in it, and what each input imports. */
function bundle(files: Readonly<Record<string, { bytes: number; imports?: readonly string[] }>>): Metafile {
  const entries = Object.entries(files);
  const imported = (paths: readonly string[]) => paths.map(path => ({ path, kind: 'import-statement' as const }));
  return {
    inputs: Object.fromEntries(
      entries.map(([file, { bytes, imports = [] }]) => [file, { bytes, imports: imported(imports) }]),
    ),
    outputs: {
      'dist/gate.js': {
        bytes: 0,
        imports: [],
        exports: [],
        inputs: Object.fromEntries(entries.map(([file, { bytes }]) => [file, { bytesInOutput: bytes }])),
      },
    },
  };
}

describe('the package that a file is from', () => {
  test.each([
    ['src/main/start.ts', undefined],
    ['builtin:node:fs', undefined],
    ['node_modules/ajv/lib/core.js', 'node_modules/ajv'],
    ['node_modules/@fastify/error/index.js', 'node_modules/@fastify/error'],
    ['node_modules/a/node_modules/@b/c/index.js', 'node_modules/a/node_modules/@b/c'],
  ])('of %s it is %s', (file, folder) => {
    expect(packageFolder(file)).toBe(folder);
  });
});

describe('the bill of materials', () => {
  const lock = {
    packages: {
      'node_modules/@a/b': { version: '1.2.3', license: 'MIT', integrity: 'sha512-AAECAw==' },
      'node_modules/c': { version: '2.0.0', license: '(MIT OR Apache-2.0)' },
      'node_modules/@a/b/node_modules/c': { version: '2.0.0', license: '(MIT OR Apache-2.0)' },
      'node_modules/unused': { version: '9.9.9', license: 'MIT' },
    },
  };
  const metafile = bundle({
    'src/start.ts': { bytes: 10, imports: ['node_modules/@a/b/index.js', 'node_modules/unused/index.js'] },
    'node_modules/@a/b/index.js': { bytes: 5, imports: ['node_modules/@a/b/node_modules/c/index.js'] },
    'node_modules/@a/b/node_modules/c/index.js': { bytes: 5 },
    'node_modules/c/index.js': { bytes: 5 },
    'node_modules/unused/index.js': { bytes: 0 },
  });

  test('lists what has a byte in the bundle, each version once, with who imports whom', () => {
    expect(sbomOf(metafile, SUBJECT, lock)).toMatchObject({
      components: [
        {
          type: 'library',
          'bom-ref': 'pkg:npm/%40a/b@1.2.3',
          name: '@a/b',
          version: '1.2.3',
          licenses: [{ license: { id: 'MIT' } }],
          hashes: [{ alg: 'SHA-512', content: '00010203' }],
          purl: 'pkg:npm/%40a/b@1.2.3',
        },
        { name: 'c', version: '2.0.0', licenses: [{ expression: '(MIT OR Apache-2.0)' }], hashes: [] },
      ],
      dependencies: [
        { ref: 'pkg:npm/%40a/b@1.2.3', dependsOn: ['pkg:npm/c@2.0.0'] },
        { ref: 'pkg:npm/c@2.0.0', dependsOn: [] },
        { ref: 'pkg:npm/gate@1.0.0', dependsOn: ['pkg:npm/%40a/b@1.2.3'] },
      ],
    });
  });

  test('is not made of a package that the lock file does not know', () => {
    expect(() => sbomOf(metafile, SUBJECT, { packages: {} })).toThrow('package-lock.json does not know');
  });

  test('is the same for the same bundle', () => {
    expect(JSON.stringify(sbomOf(metafile, SUBJECT, lock))).toBe(JSON.stringify(sbomOf(metafile, SUBJECT, lock)));
    expect(bundledPackages(metafile)).toHaveLength(3);
  });
});

interface Built {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: { readonly 'bom-ref': string } };
  readonly components: readonly Record<string, unknown>[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

describe('the bill of materials that the build wrote', () => {
  const sbom: Built = JSON.parse(readFileSync('dist/sbom.cdx.json', 'utf8'));
  const refs = [sbom.metadata.component['bom-ref'], ...sbom.components.map(component => component['bom-ref'])];

  test('says which format it is', () => {
    expect([sbom.bomFormat, sbom.specVersion]).toEqual(['CycloneDX', '1.6']);
  });

  test('names each component by a package URL, once, with its licence and its hash', () => {
    expect(new Set(refs).size).toBe(refs.length);
    for (const { purl, hashes, licenses, type } of sbom.components) {
      expect(type).toBe('library');
      expect(purl).toMatch(/^pkg:npm\/(?:%40[a-z0-9.-]+\/)?[a-z0-9.-]+@\d+\.\d+\.\d+$/);
      expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
      expect(licenses).toHaveLength(1);
    }
  });

  test('says of each component what it needs, and of nothing else', () => {
    expect(sbom.dependencies.map(({ ref }) => ref).sort()).toEqual([...refs].sort());
    expect(sbom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter(ref => !refs.includes(ref))).toEqual([]);
  });

  test('lists no tool of the developers', () => {
    const names = sbom.components.map(({ name }) => name);
    for (const tool of ['esbuild', 'vitest', 'typescript', '@biomejs/biome', 'fast-check']) {
      expect(names).not.toContain(tool);
    }
  });
});
