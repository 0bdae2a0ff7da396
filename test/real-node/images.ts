import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openPodman } from '../packaging/podman.ts';
import { buildArguments, copyProgram, importImage, makeStandIns, PACKAGE } from '../packaging/stand-in.ts';
import { IMAGES, SERVER_IMAGE } from './machine.ts';

/** As the shipped manifests name it, and a runtime reads that. */
const SHIPPED = `docker.io/library/chokepoint:${PACKAGE.version}`;

/**
 * Makes the images that nodes have in this folder: the one that the Dockerfile builds, on stand-ins of its bases, and one that does nothing. It takes what
 * npm has not yet fetched from the registry. Returns the path of their archive.
 */
export async function makeImages(folder: string): Promise<string> {
  const podman = openPodman(folder);
  await makeStandIns(podman, folder);
  await podman.output(['build', ...buildArguments(), '-t', IMAGES.program, '-t', SHIPPED, '.']);
  const pause = path.join(folder, 'pause');
  mkdirSync(pause);
  copyProgram(pause, '/bin/sleep', '/pause');
  await importImage(podman, pause, IMAGES.pause, ['ENTRYPOINT ["/pause", "infinity"]']);
  rmSync(pause, { recursive: true });
  await podman.output(['tag', IMAGES.pause, SERVER_IMAGE]);
  const archive = path.join(folder, 'images.tar');
  const names = [IMAGES.program, SHIPPED, IMAGES.pause, SERVER_IMAGE];
  await podman.output(['save', '--multi-image-archive', '--output', archive, ...names]);
  await podman.output(['rmi', '--all', '--force']);
  return archive;
}
