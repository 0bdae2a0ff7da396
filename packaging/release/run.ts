import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PLACES } from '../places.ts';
import { runCommand } from '../usage.ts';
import { makeRelease } from './make-release.ts';
import { optionsOf, type ReleaseOptions, USAGE } from './options.ts';
import { fillOutput, makeOutput } from './output.ts';
import { commitOf } from './sources.ts';

/** Makes it in a folder of its own, so that the earlier one stays until this one is whole. */
async function release(options: ReleaseOptions, version: string): Promise<string> {
  const { image, epoch, repository, dirty } = options;
  const commit = commitOf('.', dirty);
  makeOutput(options.output);
  const work = mkdtempSync(join(tmpdir(), 'chokepoint-release-'));
  try {
    const output = join(work, 'release');
    mkdirSync(output);
    const cache = join(homedir(), '.cache', 'chokepoint', 'debian');
    const made = { version, commit, epoch, image, repository, output, work };
    const remarks = await makeRelease(made, { ...options, mirror: PLACES.debian, cache });
    return [...fillOutput(options.output, output), ...remarks, ''].join('\n');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

await runCommand(async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const options = optionsOf(process.argv.slice(2), version, process.env);
  process.stdout.write(options === 'help' ? USAGE : await release(options, version));
  return 0;
});
