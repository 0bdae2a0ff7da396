import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from './action-runner.ts';
import { runProgram } from './packed.ts';

/** The steps of the workflow that publishes, run as a runner does, with stand-ins of every program that asks something of the web. */

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly 'working-directory'?: string;
}
interface Workflow {
  readonly defaults: { readonly run: { readonly shell: string } };
  readonly jobs: { readonly release: { readonly steps: readonly Step[] } };
}

const WORKFLOW: Workflow = parse(readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8'));
const VERSION: string = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;
const CONTEXT: Readonly<Record<string, string>> = {
  'github.repository': 'Acme/Gate',
  'github.server_url': 'https://git.test',
  'github.token': 'the-token',
};
const evaluated = (text: string): string =>
  text.replaceAll(/\$\{\{ ([\w.]+) \}\}/g, (_, name: string) => CONTEXT[name] ?? `no ${name}`);
const evaluatedAll = (texts: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, evaluated(text)]));

const DIGEST = `sha256:${'a'.repeat(64)}`;
const [IMAGE, CHARTS] = ['ghcr.io/acme/gate', 'ghcr.io/acme/charts/chokepoint'];
/** Whoever writes a password into a pipe that nobody reads has failed. */
const READ_PASSWORD = 'case "$*" in *--password-stdin) cat > /dev/null;; esac';
/** Each notes what it was called with; skopeo tells the digest of what is in the registry, npm what a release says. */
const STAND_INS: Readonly<Record<string, string>> = {
  cosign: '',
  gh: '',
  npm: 'case "$*" in "run release"*) echo "image: $IMAGE@$DIGEST"; exit $RELEASE_STATUS;; esac',
  skopeo: 'if [ "$1" = inspect ]; then echo "$FOUND"; fi',
};

const FILES = [
  `chokepoint-${VERSION}.tgz`,
  `chokepoint-image-${VERSION}.oci.tar`,
  `chokepoint-chart-${VERSION}.oci.tar`,
  'install-default.yaml',
  'RELEASE_NOTES.md',
];
const SIGNED_WITH_A_KEY = ['SHA256SUMS.sig', 'cosign.pub', `chokepoint-${VERSION}.intoto.dsse.json`];

let folder: string;
const at = (...names: readonly string[]): string => join(folder, ...names);
const released = (): string => at('dist', 'release');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-release-workflow-'));
  for (const name of ['bin', 'temp', 'dist/release']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('env'), '');
  writeFileSync(at('package.json'), JSON.stringify({ version: VERSION }));
  for (const [name, script] of Object.entries(STAND_INS)) {
    writeFileSync(at('bin', name), `#!/bin/bash\necho "${name} $*" >> '${at('calls')}'\n${READ_PASSWORD}\n${script}\n`);
    chmodSync(at('bin', name), 0o755);
  }
  for (const name of [...FILES, ...SIGNED_WITH_A_KEY]) writeFileSync(join(released(), name), name);
  const sumOf = (name: string): string => createHash('sha256').update(name).digest('hex');
  writeFileSync(join(released(), 'SHA256SUMS'), FILES.map(name => `${sumOf(name)}  ${name}\n`).join(''));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What steps before have set for those after them. */
const setBefore = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readFileSync(at('env'), 'utf8')
      .split('\n')
      .filter(line => line !== '')
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

/** Runs the steps up to the first that fails, and gives its name; `undefined`: all have passed. */
async function runSteps(env: Readonly<Record<string, string>> = {}): Promise<string | undefined> {
  for (const { name, run, env: own, 'working-directory': cwd = '.' } of WORKFLOW.jobs.release.steps) {
    if (run === undefined) continue;
    writeFileSync(at('step.sh'), evaluated(run));
    const ended = await runProgram('bash', ['--noprofile', '--norc', '-eo', 'pipefail', at('step.sh')], {
      cwd: at(cwd),
      env: {
        PATH: [at('bin'), process.env.PATH].join(delimiter),
        ...{ GITHUB_REF_NAME: `v${VERSION}`, GITHUB_ACTOR: 'dana', RUNNER_TEMP: at('temp') },
        ...{ DIGEST, FOUND: DIGEST, RELEASE_STATUS: '0' },
        ...{ GITHUB_REPOSITORY: 'Acme/Gate', GITHUB_REPOSITORY_OWNER: 'Acme', GITHUB_ENV: at('env') },
        ...{ ...setBefore(), ...evaluatedAll(own), ...env },
      },
    });
    if (ended.status !== 0) return name;
  }
  return undefined;
}
const calls = (): readonly string[] =>
  existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trimEnd().split('\n') : [];

test('every step is run so that it fails where one program of it does', () => {
  expect(WORKFLOW.defaults.run.shell).toBe('bash');
});

test('what was made is published and signed by its digest, and nothing else', async () => {
  expect(await runSteps()).toBeUndefined();
  const [image, chart] = ['image', 'chart'].map(
    what => `oci-archive:dist/release/chokepoint-${what}-${VERSION}.oci.tar`,
  );
  const kept = [...FILES, 'SHA256SUMS'].sort();
  expect(readdirSync(released()).sort()).toEqual(kept);
  const create = `gh release create v${VERSION} --verify-tag --notes-file dist/release/RELEASE_NOTES.md`;
  const [last = '', ...files] = calls().at(-1)?.split(' dist/release/') ?? [];
  expect([`${last} dist/release/${files.shift()}`, files.sort()]).toEqual([create, kept]);
  expect(calls().slice(0, -1)).toEqual([
    'npm ci',
    'npm audit signatures',
    'npm test',
    'npm run check',
    `npm run release -- --dry-run --image ${IMAGE} --downloads https://git.test/Acme/Gate/releases/download --repository https://git.test/Acme/Gate --executables dist-macos`,
    'skopeo login ghcr.io --username dana --password-stdin',
    'cosign login ghcr.io --username dana --password-stdin',
    `skopeo copy --all --preserve-digests ${image} docker://${IMAGE}:${VERSION}`,
    `skopeo copy --preserve-digests ${chart} docker://${CHARTS}:${VERSION}`,
    `skopeo inspect --format {{.Digest}} docker://${IMAGE}:${VERSION}`,
    `cosign sign --yes ${IMAGE}@${DIGEST}`,
    `skopeo inspect --format {{.Digest}} docker://${CHARTS}:${VERSION}`,
    `cosign sign --yes ${CHARTS}@${DIGEST}`,
    'cosign sign-blob --yes --bundle SHA256SUMS.sigstore.json SHA256SUMS',
    `npm publish --provenance --access public dist/release/chokepoint-${VERSION}.tgz`,
  ]);
});

describe('nothing is published', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['of a tag that is not the version', { GITHUB_REF_NAME: 'v0.0.0-other' }, 'The tag is the version'],
    ['where it could not be made', { RELEASE_STATUS: '1' }, 'Make everything'],
  ])('%s', async (_, env, step) => {
    expect(await runSteps(env)).toBe(step);
    expect(calls().filter(call => !call.startsWith('npm '))).toEqual([]);
  });

  test('where a file is not the one that was summed', async () => {
    writeFileSync(join(released(), 'install-default.yaml'), 'changed');
    expect(await runSteps()).toBe('What was made is what is signed');
    expect(calls().filter(call => !call.startsWith('npm '))).toEqual([]);
  });
});

test('what the registry has by another digest is not signed, and no package and no file is published', async () => {
  expect(await runSteps({ FOUND: `sha256:${'b'.repeat(64)}` })).toBe('Sign what was published, by its digest');
  expect(calls().filter(call => /^(?:cosign sign|npm publish|gh)/.test(call))).toEqual([]);
});
