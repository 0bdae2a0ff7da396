import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ARCHITECTURES, type Architecture, type Release, run } from './release.ts';

const MAC_OS = ['darwin-amd64', 'darwin-arm64'];

/**
 * Takes over the archives that `npm run sea` made on macOS, which must sign what it runs, and returns them. Throws where one is of another version, or for a
 * platform of which the executables are made here. `folder` absent: there are none.
 */
export function addExecutables({ output, version }: Release, folder: string | undefined): readonly string[] {
  const names = folder === undefined ? [] : readdirSync(folder).sort();
  return names.map(name => {
    if (!MAC_OS.some(platform => name === `chokepoint-${version}-${platform}.tar.gz`))
      throw new Error(`${name} is no executable of ${version} for macOS`);
    cpSync(join(folder ?? '', name), join(output, name));
    return join(output, name);
  });
}

/** Makes the executables for Linux, and returns their archives. */
export function makeExecutables(
  { output, epoch }: Release,
  nodeFolder: (architecture: Architecture) => string,
): readonly string[] {
  for (const architecture of ARCHITECTURES) {
    const node = join(nodeFolder(architecture), 'bin', 'node');
    run(
      process.execPath,
      ['packaging/sea.ts', '--reproducible', '--platform', `linux-${architecture}`, '--node', node],
      {
        SOURCE_DATE_EPOCH: String(epoch),
      },
    );
  }
  const archives = readdirSync('dist-sea').filter(name => /-linux-(?:amd64|arm64)\.tar\.gz$/.test(name));
  for (const name of archives) cpSync(join('dist-sea', name), join(output, name));
  return archives.map(name => join(output, name)).sort();
}
