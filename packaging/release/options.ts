import { parseArgs } from 'node:util';
import { PLACES } from '../places.ts';
import { expectGood, UsageError } from '../usage.ts';
import { epochOf } from './epoch.ts';
import { executablesIn } from './executables.ts';
import { checkOutput } from './output.ts';
import { run } from './release.ts';
import { createSigner, type Signer } from './signatures.ts';

/** What a release is to be, each of it good to work with. */
export interface ReleaseOptions {
  readonly image: string;
  /** Without a slash at its end. */
  readonly downloads: string;
  readonly repository: string | undefined;
  /** The program. */
  readonly kubectl: string;
  readonly signer: Signer;
  /** Folder with archives of executables that were made elsewhere; absent: none were. */
  readonly executables: string | undefined;
  readonly output: string;
  /** The sources may differ from the commit. */
  readonly dirty: boolean;
  readonly epoch: number;
}

const OPTIONS = {
  'dry-run': { type: 'boolean', default: false },
  dirty: { type: 'boolean', default: false },
  image: { type: 'string', default: PLACES.image },
  downloads: { type: 'string', default: PLACES.downloads },
  repository: { type: 'string' },
  kubectl: { type: 'string', default: 'kubectl' },
  key: { type: 'string' },
  executables: { type: 'string' },
  output: { type: 'string', default: 'dist/release' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const USAGE = `Usage: npm run release -- --dry-run [OPTIONS]

Makes everything that a release gives away, and publishes nothing: .github/workflows/release.yml does that with what this makes.

  --dry-run        needed, so that nobody takes this for a publication
  --dirty          with changes that are not in the commit too: the provenance names no commit then, and it is no release
  --image NAME     repository of the image, with its registry (default: ${PLACES.image})
  --downloads URL  folder of the web with the files of all versions (default: ${PLACES.downloads})
  --repository URL of the sources (https://...), which the package names; npm wants it for its provenance (default: none is named)
  --kubectl FILE   the program that builds the overlays (default: kubectl)
  --key FILE       PEM of a private key of the curve P-256 that signs (default: one that is made for this run)
  --executables FOLDER
                   of archives that npm run sea made on macOS, which are given away too (default: none)
  --output FOLDER  new, empty, or with an earlier release, in whose place this one comes (default: dist/release)

SOURCE_DATE_EPOCH is the time of all files (default: that of the last commit).
`;

/** As registries take it. */
const IMAGE = /^[a-z0-9]+(?:[._:/-]+[a-z0-9]+)*$/;
const HTTPS = /^https:\/\/[^\s/]+\/\S+$/;

const timeOfCommit = (): number => Number(run('git', ['log', '-1', '--format=%ct']));

/** What the command line asks for. Throws a UsageError where one part is not good, before anything is made or deleted; `help`: it asks for that. */
export function optionsOf(args: readonly string[], version: string, env: NodeJS.ProcessEnv): ReleaseOptions | 'help' {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) return 'help';
  const { image, kubectl, key, repository, executables, output, dirty } = values;
  if (!values['dry-run']) throw new UsageError('--dry-run is missing: this publishes nothing (--help tells more)');
  const epoch = epochOf(env, timeOfCommit);
  if (!IMAGE.test(image)) throw new UsageError(`--image ${image} is none that a registry takes: small letters, no tag`);
  if (repository !== undefined && !HTTPS.test(repository))
    throw new UsageError(`--repository ${repository} is no URL of https`);
  const signer = expectGood(`--key ${key}`, () => createSigner(key));
  expectGood(`--kubectl ${kubectl}`, () => run(kubectl, ['version', '--client']));
  if (executables !== undefined) expectGood(`--executables ${executables}`, () => executablesIn(executables, version));
  checkOutput(output);
  const downloads = values.downloads.replace(/\/+$/, '');
  return { image, downloads, repository, kubectl, signer, executables, output, dirty, epoch };
}
