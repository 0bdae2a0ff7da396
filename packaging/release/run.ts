import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PLACES } from '../places.ts';
import { makeRelease } from './make-release.ts';
import { type Release, run } from './release.ts';

const OPTIONS = {
  'dry-run': { type: 'boolean', default: false },
  image: { type: 'string', default: PLACES.image },
  downloads: { type: 'string', default: PLACES.downloads },
  kubectl: { type: 'string', default: 'kubectl' },
  key: { type: 'string' },
  executables: { type: 'string' },
  output: { type: 'string', default: 'dist/release' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const USAGE = `Usage: npm run release -- --dry-run [OPTIONS]

Makes everything that a release gives away, and publishes nothing: .github/workflows/release.yml does that with what this makes.

  --dry-run        needed, so that nobody takes this for a publication
  --image NAME     repository of the image, with its registry (default: ${PLACES.image})
  --downloads URL  folder of the web with the files of all versions (default: ${PLACES.downloads})
  --kubectl FILE   the program that builds the overlays (default: kubectl)
  --key FILE       PEM of a private key of the curve P-256 that signs (default: one that is made for this run)
  --executables FOLDER
                   of archives that npm run sea made on macOS, which are given away too (default: none)
  --output FOLDER  made anew (default: dist/release)

SOURCE_DATE_EPOCH is the time of all files (default: that of the last commit).
`;

/** Seconds since 1970. Throws where the environment names no such number. */
function epochOf({ SOURCE_DATE_EPOCH: given }: NodeJS.ProcessEnv): number {
  const text = given ?? run('git', ['log', '-1', '--format=%ct']).trim();
  if (!/^\d{1,11}$/.test(text)) throw new Error(`SOURCE_DATE_EPOCH must be seconds since 1970, not "${text}"`);
  return Number(text);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (!values['dry-run']) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const work = mkdtempSync(join(tmpdir(), 'chokepoint-release-'));
  rmSync(values.output, { recursive: true, force: true });
  mkdirSync(values.output, { recursive: true });
  const release: Release = {
    version,
    commit: run('git', ['rev-parse', 'HEAD']).trim(),
    epoch: epochOf(process.env),
    image: values.image,
    output: values.output,
    work,
  };
  try {
    const cache = join(homedir(), '.cache', 'chokepoint', 'debian');
    const { kubectl, key, downloads, executables } = values;
    process.stdout.write(
      await makeRelease(release, { kubectl, key, downloads, executables, mirror: PLACES.debian, cache }),
    );
    return 0;
  } finally {
    rmSync(work, { recursive: true });
  }
}

process.exitCode = await main();
