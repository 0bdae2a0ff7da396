import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compress, packTar } from './archive.ts';
import { type Release, run } from './release.ts';

/** Writes where the sources are published. npm takes a provenance only of a package that names the repository of the workflow. */
function addRepository(file: string, repository: string): void {
  const fields = JSON.parse(readFileSync(file, 'utf8'));
  const url = `git+${repository.replace(/(?:\.git)?\/?$/, '')}.git`;
  writeFileSync(file, `${JSON.stringify({ ...fields, repository: { type: 'git', url } }, null, 2)}\n`);
}

/** Packs the folder `package` that is in a folder, as npm installs it, and returns the archive. npm itself keeps the modes that an umask left. */
export function packPackage(folder: string, { epoch, repository }: Pick<Release, 'epoch' | 'repository'>): string {
  if (repository !== undefined) addRepository(join(folder, 'package', 'package.json'), repository);
  const tar = join(folder, 'package.tar');
  packTar(folder, tar, epoch, ['package']);
  return compress(tar);
}

/** Makes the package of npm. */
export function makePackage(release: Release): void {
  const { version, work, output } = release;
  const name = `chokepoint-${version}.tgz`;
  const folder = join(work, 'npm');
  mkdirSync(folder);
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
  run('tar', ['--extract', '--gzip', '--file', join(folder, name), '--directory', folder]);
  cpSync(packPackage(folder, release), join(output, name));
}
