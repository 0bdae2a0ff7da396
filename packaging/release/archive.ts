import { run } from './release.ts';

/** macOS has another tar by that name. */
const GNU_TAR = process.platform === 'darwin' ? 'gtar' : 'tar';

/**
 * Packs what is in a folder so that the same files give the same bytes: in the order of their names, of one time, of nobody, with modes that no
 * umask has touched. `names`: what of the folder; absent: all. Needs GNU tar.
 */
export function packTar(folder: string, file: string, epoch: number, names: readonly string[] = ['.']): void {
  run(GNU_TAR, [
    ...['--create', '--file', file, '--directory', folder, '--format=gnu', '--sort=name'],
    ...[`--mtime=@${epoch}`, '--owner=0', '--group=0', '--numeric-owner', '--mode=u+rwX,go=rX'],
    ...names,
  ]);
}

/** Compresses a file in place, without its name and time, and returns the new name, which ends with `.gz`. */
export function compress(file: string): string {
  run('gzip', ['--no-name', '--best', '--force', file]);
  return `${file}.gz`;
}
