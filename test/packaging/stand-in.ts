import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Podman } from './podman.ts';

/**
 * Stand-ins of the two images that the Dockerfile begins with, for machines that can pull none: the Node.js that runs this, the libraries that it
 * needs, and for the build also a shell and npm. What is tested on them is the Dockerfile and what it adds; not the real bases.
 */

export const RUN_IMAGE = 'localhost/run-image:stand-in';
const BUILD_IMAGE = 'localhost/build-image:stand-in';

/** Where the machine's own certificate authorities, its npm cache and its settings are seen by npm in the build. */
const CERTIFICATES = '/ca.crt';
const NPM_CACHE = '/npm-cache';

/** The account of distroless images (`nonroot`, 65532). */
const PASSWD = 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n';

function copyFile(root: string, from: string, to: string): void {
  const target = path.join(root, to);
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(realpathSync(from), target);
}

/** Copies a program to a place of its own below a root, and the libraries that the loader would give it to theirs. */
export function copyProgram(root: string, from: string, to: string): void {
  copyFile(root, from, to);
  const libraries = execFileSync('ldd', [realpathSync(from)], { encoding: 'utf8' }).matchAll(/\/\S+/g);
  for (const [library] of libraries) copyFile(root, library, library);
}

/** Makes an image of one layer of a root's files. `changes` are instructions of a Dockerfile. */
export async function importImage(
  podman: Podman,
  root: string,
  name: string,
  changes: readonly string[],
): Promise<void> {
  const archive = `${root}.tar`;
  execFileSync('tar', ['-C', root, '-cf', archive, '.']);
  await podman.output(['import', ...changes.flatMap(change => ['--change', change]), archive, name]);
  rmSync(archive);
}

/** npm's own folder: the one that runs this, or else the one on PATH. */
function npmFolder(): string {
  const script = process.env.npm_execpath ?? realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim());
  return path.dirname(path.dirname(script));
}

/** Makes both images. `folder` is for what is needed meanwhile. */
export async function makeStandIns(podman: Podman, folder: string): Promise<void> {
  const run = path.join(folder, 'run-image');
  copyProgram(run, process.execPath, '/nodejs/bin/node');
  mkdirSync(path.join(run, 'etc'));
  writeFileSync(path.join(run, 'etc/passwd'), PASSWD);
  await importImage(podman, run, RUN_IMAGE, []);
  rmSync(run, { recursive: true });

  const build = path.join(folder, 'build-image');
  copyProgram(build, process.execPath, '/usr/bin/node');
  for (const program of ['/bin/sh', '/usr/bin/env']) copyProgram(build, program, program);
  mkdirSync(path.join(build, 'tmp'));
  cpSync(npmFolder(), path.join(build, 'usr/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', path.join(build, 'usr/bin/npm'));
  await importImage(podman, build, BUILD_IMAGE, [
    'ENV PATH=/usr/bin:/bin',
    `ENV npm_config_cache=${NPM_CACHE}`,
    'ENV npm_config_prefer_offline=true',
    ...(process.env.NODE_EXTRA_CA_CERTS ? [`ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`] : []),
  ]);
  rmSync(build, { recursive: true });
}

/** What a build on the stand-ins needs of the machine: its network, its certificate authorities, what npm has fetched before. */
export function buildArguments(): readonly string[] {
  const cache = process.env.npm_config_cache ?? path.join(homedir(), '.npm');
  mkdirSync(cache, { recursive: true });
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  return [
    '--isolation=chroot',
    '--pull=never',
    '--layers=false',
    '--network=host',
    `--build-arg=BUILD_IMAGE=${BUILD_IMAGE}`,
    `--build-arg=RUN_IMAGE=${RUN_IMAGE}`,
    `--volume=${cache}:${NPM_CACHE}`,
    ...(certificates ? [`--volume=${certificates}:${CERTIFICATES}:ro`] : []),
  ];
}

/** Version of the package, which the image must bear. */
export const PACKAGE: { readonly name: string; readonly version: string; readonly description: string } = JSON.parse(
  readFileSync('package.json', 'utf8'),
);
