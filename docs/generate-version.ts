import { readFileSync, writeFileSync } from 'node:fs';

/** Writes the version of package.json wherever else it has to stand. `--check` changes nothing, and fails where one is another. */

/** Each with what stands before and behind it there. Every pattern must be found. */
const PLACES: readonly (readonly [file: string, pattern: RegExp])[] = [
  ['Dockerfile', /(?<=^ARG VERSION=).+$/gm],
  ['manifests/chart/Chart.yaml', /(?<=^(?:version|appVersion): ).+$/gm],
  ['manifests/base/60-webhook.yaml', /(?<=image: chokepoint:)\S+$/gm],
  ['manifests/base/61-controller.yaml', /(?<=image: chokepoint:)\S+$/gm],
  ['README.md', /(?<=\bchokepoint:)\d[\w.+-]*\w/g],
  ['docs/image.md', /(?<=\bchokepoint:)\d[\w.+-]*\w/g],
  ['docs/image.md', /(?<=\bchokepoint-)\d[\w.+-]*(?=(?:-linux-amd64\.tar\.gz|\.tgz))/g],
  ['docs/install.md', /(?<=\bchokepoint:)\d[\w.+-]*\w/g],
  ['docs/install.md', /(?<=\bnewTag: )\d[\w.+-]*\w/g],
  ['docs/install.md', /(?<=\bchokepoint-)\d[\w.+-]*(?=\.tgz)/g],
  ['docs/library.md', /(?<=\bchokepoint-)\d[\w.+-]*(?=\.tgz)/g],
  ['docs/ci/README.md', /(?<=\bchokepoint-)\d[\w.+-]*(?=\.tgz)/g],
  ['docs/ci/gitlab-ci.yml', /(?<=\bchokepoint-)\d[\w.+-]*(?=\.tgz)/g],
];

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const isCheck = process.argv.includes('--check');
for (const [file, pattern] of PLACES) {
  const before = readFileSync(file, 'utf8');
  if (before.match(pattern) === null) throw new Error(`${file} names no version where ${pattern} is looked for`);
  const after = before.replace(pattern, version);
  if (after === before) continue;
  if (isCheck) {
    process.stderr.write(`${file} names another version than package.json: npm run gen\n`);
    process.exitCode = 1;
  } else writeFileSync(file, after);
}
