import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ARCHITECTURES, type Architecture, type Release, run } from './release.ts';

/** Makes the executables for Linux, and returns their archives. Those of macOS must be signed on macOS: its own run of `npm run sea` makes them. */
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
