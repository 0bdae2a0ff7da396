import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../../packaging/release/release.ts';
import { changesIn } from '../../packaging/release/sources.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { goProgram } from './go-program.ts';
import { openPodman, RESTRICTED } from './podman.ts';
import { PACKAGE } from './stand-in.ts';

/** All that a release gives away, made once, verified as those who get it would, and run. */

const { version } = PACKAGE;
const IMAGE = 'registry.test/chokepoint';
const folder = mkdtempSync(join(tmpdir(), 'chokepoint-released-'));
const output = join(folder, 'release');
const at = (name: string): string => join(output, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');
const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });

let helm: string;
let cosign: string;
let said: string;
const macOs = join(folder, 'macos');
beforeAll(async () => {
  cosign = goProgram('github.com/sigstore/cosign/v2/cmd/cosign', 'v2.6.1');
  mkdirSync(macOs);
  writeFileSync(join(macOs, `chokepoint-${version}-darwin-arm64.tar.gz`), 'made on macOS');
  const binaries = await findBinaries(['kubectl', 'helm']);
  helm = binaries.helm;
  const args = [
    '--dry-run',
    '--dirty',
    '--image',
    IMAGE,
    '--output',
    output,
    '--kubectl',
    binaries.kubectl,
    '--executables',
    macOs,
  ];
  said = run(process.execPath, 'packaging/release/run.ts', ...args);
}, 1_800_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('it holds every file that is given away, those that were made elsewhere too', () => {
  const overlays = readdirSync('manifests/overlays').map(name => `install-${name}.yaml`);
  expect(readdirSync(output).sort()).toEqual(
    [
      ...['RELEASE_NOTES.md', 'SHA256SUMS', 'SHA256SUMS.sig', 'cosign.pub', 'krew-chokepoint.yaml', ...overlays],
      ...['.tgz', '.cdx.json', '.spdx.json', '.intoto.json', '.intoto.dsse.json'].map(
        end => `chokepoint-${version}${end}`,
      ),
      ...['darwin-arm64', 'linux-amd64', 'linux-arm64'].map(platform => `chokepoint-${version}-${platform}.tar.gz`),
      ...['chart', 'image'].map(what => `chokepoint-${what}-${version}.oci.tar`),
      `chokepoint-chart-${version}.tgz`,
    ].sort(),
  );
  expect(said).toContain('signed by a key of this run');
  expect(said).not.toContain('not made here');
});

test('the sums are those of the files, and are signed', () => {
  const verified = [
    'sha256sum --quiet --check SHA256SUMS',
    'openssl dgst -sha256 -verify cosign.pub -signature <(base64 --decode SHA256SUMS.sig) SHA256SUMS',
  ];
  expect(run('bash', '-c', `cd ${output} && ${verified.join(' && ')}`)).toBe('Verified OK\n');
});

test('cosign verifies the sums and the provenance by the key, and no other file', () => {
  const verify = (command: string, signature: string, ...args: readonly string[]): number | null => {
    const by = ['--key', at('cosign.pub'), '--signature', at(signature), '--insecure-ignore-tlog'];
    return spawnSync(cosign, [command, ...by, ...args], { stdio: 'ignore' }).status;
  };
  const sums = (file: string) => verify('verify-blob', 'SHA256SUMS.sig', at(file));
  expect([sums('SHA256SUMS'), sums('cosign.pub')]).toEqual([0, 1]);
  const provenance = (file: string) =>
    verify('verify-blob-attestation', `chokepoint-${version}.intoto.dsse.json`, '--type', 'slsaprovenance1', at(file));
  expect([provenance(`chokepoint-${version}.tgz`), provenance('cosign.pub')]).toEqual([0, 1]);
});

test('the provenance is of these files, and of the commit, or of none where there are changes', () => {
  const { subject, predicate } = JSON.parse(read(`chokepoint-${version}.intoto.json`));
  for (const { name, digest } of subject) expect([name, digest.sha256]).toEqual([name, sha256Of(at(name))]);
  const commit = run('git', 'rev-parse', 'HEAD').trim();
  const source = changesIn('.').length === 0 ? { digest: { gitCommit: commit } } : { annotations: { modified: true } };
  expect(predicate.buildDefinition.resolvedDependencies[0]).toEqual({ name: 'source', ...source });
});

test('the bills of materials list what is in the bundle', () => {
  const { components } = JSON.parse(readFileSync('dist/sbom.cdx.json', 'utf8'));
  const purls = components.map(({ purl }: { readonly purl: string }) => purl).sort();
  const { packages } = JSON.parse(read(`chokepoint-${version}.spdx.json`));
  const listed = packages.flatMap(
    ({ externalRefs }: { readonly externalRefs: readonly { readonly referenceLocator: string }[] }) =>
      externalRefs.map(one => one.referenceLocator),
  );
  expect(listed.slice(1).sort()).toEqual(purls);
  expect(JSON.parse(read(`chokepoint-${version}.cdx.json`)).components).toEqual(components);
});

describe('the image', () => {
  const podman = openPodman(join(folder, 'podman'));
  let digest: string;
  beforeAll(async () => {
    mkdirSync(join(folder, 'podman'));
    digest = /@(sha256:\w+)$/m.exec(said)?.[1] ?? '';
    await podman.output(['pull', '--quiet', `oci-archive:${at(`chokepoint-image-${version}.oci.tar`)}`]);
  }, 300_000);
  afterAll(async () => {
    await podman.run(['rmi', '--all', '--force']);
  });

  test('is there for two architectures under the digest that everything else names', () => {
    const layout = join(folder, 'layout');
    mkdirSync(layout);
    run('tar', '--extract', '--file', at(`chokepoint-image-${version}.oci.tar`), '--directory', layout);
    const [named] = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).manifests;
    expect(named.digest).toBe(digest);
    const { manifests } = JSON.parse(readFileSync(join(layout, 'blobs/sha256', digest.replace('sha256:', '')), 'utf8'));
    expect(manifests.map(({ platform }: { readonly platform: object }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
  });

  test('judges, with nothing allowed to it', async () => {
    const [id] = (await podman.output(['images', '--quiet', '--no-trunc'])).split('\n');
    const judged = await podman.run(['run', '--rm', ...RESTRICTED, id ?? '', '--version']);
    expect([judged.code, judged.stdout.trim(), judged.stderr]).toEqual([0, version, '']);
    const demo = await podman.run(['run', '--rm', ...RESTRICTED, id ?? '', 'rules', '--output', 'json']);
    expect(JSON.parse(demo.stdout).length).toBeGreaterThan(10);
  });

  test('starts as the Dockerfile says', async () => {
    const [id] = (await podman.output(['images', '--quiet', '--no-trunc'])).split('\n');
    const { User, Entrypoint, Cmd, WorkingDir } = JSON.parse(
      await podman.output(['image', 'inspect', id ?? '', '--format={{json .Config}}']),
    );
    const dockerfile = readFileSync('Dockerfile', 'utf8');
    expect(dockerfile).toContain(`USER ${User}\n`);
    expect(dockerfile).toContain(`ENTRYPOINT ${JSON.stringify(Entrypoint).replaceAll(',', ', ')}\n`);
    expect(dockerfile).toContain(`CMD ${JSON.stringify(Cmd)}\n`);
    expect(dockerfile).toContain(`WORKDIR ${WorkingDir}\n`);
  });

  test('is what the chart and each file to apply name', () => {
    const named = `${IMAGE}:${version}@${digest}`;
    const args = [
      'template',
      'chokepoint',
      at(`chokepoint-chart-${version}.tgz`),
      '--namespace',
      'chokepoint-system',
      '--kube-version',
      '1.36.0',
    ];
    const texts = [
      run(helm, ...args),
      ...readdirSync(output)
        .filter(name => name.startsWith('install-'))
        .map(read),
    ];
    // The chart's own test asks about a Pod of an image that nobody pulls.
    const images = texts.map(text => [
      ...new Set([...text.matchAll(/image: "?([^\s"']+\/chokepoint[^\s"']*)/g)].map(([, image]) => image)),
    ]);
    expect(images).toEqual(texts.map(() => [named]));
  });
});

test('the executable runs without anything else, and krew is told its sum', () => {
  const archive = at(`chokepoint-${version}-linux-${process.arch === 'x64' ? 'amd64' : process.arch}.tar.gz`);
  const unpacked = join(folder, 'executable');
  mkdirSync(unpacked);
  run('tar', '--extract', '--gzip', '--file', archive, '--directory', unpacked);
  expect(run('env', '-i', join(unpacked, 'kubectl-chokepoint'), '--version').trim()).toBe(version);
  const sums = [archive, at(`chokepoint-${version}-darwin-arm64.tar.gz`)].map(sha256Of);
  for (const sum of sums) expect(read('krew-chokepoint.yaml')).toContain(sum);
});
