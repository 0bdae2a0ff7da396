import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { copyProgram, PACKAGE } from '../packaging/stand-in.ts';
import { IMAGES, SERVER_IMAGE } from './machine.ts';

/** As the shipped manifests name it, and a runtime reads that. */
const SHIPPED = `docker.io/library/chokepoint:${PACKAGE.version}`;

/** What a container of an image starts with (the image specification's `config`). */
interface ImageConfig {
  readonly Entrypoint: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
}

/** An image as archives list them, in the format of `docker save`, which containerd imports. */
interface ListedImage {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

/** Packs a root of one layer into the folder of an archive. */
function addImage(
  archive: string,
  names: readonly [string, ...string[]],
  root: string,
  config: ImageConfig,
): ListedImage {
  const [name] = names;
  const id = name.replaceAll(/\W/g, '-');
  const layer = path.join(archive, `${id}.tar`);
  execFileSync('tar', ['--owner=0', '--group=0', '--numeric-owner', '-C', root, '-cf', layer, '.']);
  const digest = `sha256:${createHash('sha256').update(readFileSync(layer)).digest('hex')}`;
  const image = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: [digest] },
  };
  writeFileSync(path.join(archive, `${id}.json`), JSON.stringify(image));
  rmSync(root, { recursive: true });
  return { Config: `${id}.json`, RepoTags: names, Layers: [`${id}.tar`] };
}

/** The program of this checkout as it was built, laid out as the Dockerfile does, on the Node.js that runs this and the libraries that it needs. */
function programRoot(root: string): string {
  copyProgram(root, process.execPath, '/nodejs/bin/node');
  for (const name of ['chokepoint.js', 'chunks']) {
    cpSync(path.join('dist', name), path.join(root, 'app', name), { recursive: true });
  }
  writeFileSync(path.join(root, 'app/package.json'), JSON.stringify({ type: 'module' }));
  for (const folder of ['etc', 'work', 'tmp']) mkdirSync(path.join(root, folder));
  writeFileSync(path.join(root, 'etc/passwd'), 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin\n');
  return root;
}

/** What keeps the namespaces of a Pod. */
function pauseRoot(root: string): string {
  copyProgram(root, '/bin/sleep', '/pause');
  return root;
}

/** Makes the images that nodes have in this folder. Returns the path of their archive. */
export function makeImages(folder: string): string {
  const contents = path.join(folder, 'archive');
  mkdirSync(contents);
  const listed = [
    addImage(contents, [IMAGES.program, SHIPPED], programRoot(path.join(folder, 'program')), {
      Entrypoint: ['/nodejs/bin/node', '--max-semi-space-size=8', '/app/chokepoint.js'],
      User: '65532:65532',
      WorkingDir: '/work',
    }),
    addImage(contents, [IMAGES.pause, SERVER_IMAGE], pauseRoot(path.join(folder, 'pause')), {
      Entrypoint: ['/pause', 'infinity'],
    }),
  ];
  writeFileSync(path.join(contents, 'manifest.json'), JSON.stringify(listed));
  const archive = path.join(folder, 'images.tar');
  execFileSync('tar', ['-C', contents, '-cf', archive, '.']);
  rmSync(contents, { recursive: true });
  return archive;
}
