import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ARCHITECTURES, type Architecture, type Release, run } from './release.ts';

const MAC_OS = ['darwin-amd64', 'darwin-arm64'];

/** As packaging/sea.ts names it. */
const archiveOf = (version: string, platform: string): string => `chokepoint-${version}-${platform}.tar.gz`;

/**
 * The archives that `npm run sea` made on macOS, which must sign what it runs, by their names. Throws where one is of another version, or for a platform
 * of which the executables are made here.
 */
export function executablesIn(folder: string, version: string): readonly string[] {
  const names = readdirSync(folder).sort();
  const stranger = names.find(name => !MAC_OS.some(platform => name === archiveOf(version, platform)));
  if (stranger !== undefined) throw new Error(`${stranger} is no executable of ${version} for macOS`);
  return names;
}

/** Copies archives into the release, and returns them. */
function take({ output }: Release, folder: string, names: readonly string[]): readonly string[] {
  for (const name of names) cpSync(join(folder, name), join(output, name));
  return names.map(name => join(output, name));
}

/** Takes over those that were made on macOS. `folder` absent: there are none. */
export const addExecutables = (release: Release, folder: string | undefined): readonly string[] =>
  folder === undefined ? [] : take(release, folder, executablesIn(folder, release.version));

/** Takes over those that were made here: one for each platform, whatever earlier builds left beside them. Throws where one is missing. */
export function takeExecutables(release: Release, folder: string): readonly string[] {
  const names = ARCHITECTURES.map(architecture => archiveOf(release.version, `linux-${architecture}`));
  const missing = names.find(name => !existsSync(join(folder, name)));
  if (missing !== undefined) throw new Error(`${missing} was not made`);
  return take(release, folder, names);
}

/** Makes the executables for Linux, and returns their archives. */
export function makeExecutables(
  release: Release,
  nodeFolder: (architecture: Architecture) => string,
): readonly string[] {
  for (const architecture of ARCHITECTURES) {
    const node = join(nodeFolder(architecture), 'bin', 'node');
    run(
      process.execPath,
      ['packaging/sea.ts', '--reproducible', '--platform', `linux-${architecture}`, '--node', node],
      {
        SOURCE_DATE_EPOCH: String(release.epoch),
      },
    );
  }
  return takeExecutables(release, 'dist-sea');
}
