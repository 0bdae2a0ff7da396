import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dump } from 'js-yaml';
import { krewManifest } from '../krew-manifest.ts';
import { makeChart } from './chart.ts';
import { addExecutables, makeExecutables } from './executables.ts';
import { makeImage } from './image.ts';
import { makeManifests } from './manifests.ts';
import { fetchNode, type LockedPackages } from './node-runtime.ts';
import { notesOf } from './notes.ts';
import { makePackage } from './package.ts';
import { provenanceOf } from './provenance.ts';
import { type Architecture, type Release, sha256Of, timeOf } from './release.ts';
import { envelopeOf, type Signer } from './signatures.ts';
import { type CycloneDx, spdxOf } from './spdx.ts';

/** What a release needs beside the sources. */
export interface ReleaseTools {
  /** The program. */
  readonly kubectl: string;
  readonly signer: Signer;
  readonly downloads: string;
  /** Folder with archives of executables that were made elsewhere; absent: none were. */
  readonly executables: string | undefined;
  /** Of Debian. */
  readonly mirror: string;
  /** Folder that keeps Debian's packages. */
  readonly cache: string;
}

const putJson = (release: Release, name: string, value: object): void =>
  writeFileSync(join(release.output, name), `${JSON.stringify(value, null, 2)}\n`);

/** Node.js for each architecture, each fetched once. */
function nodeFolders(work: string): (architecture: Architecture) => string {
  const lock: LockedPackages = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const known = new Map<Architecture, string>();
  return architecture => {
    const folder = known.get(architecture) ?? fetchNode(architecture, lock, work);
    known.set(architecture, folder);
    return folder;
  };
}

function makeBillsOfMaterials(release: Release): void {
  const bill: CycloneDx = JSON.parse(readFileSync('dist/sbom.cdx.json', 'utf8'));
  putJson(release, `chokepoint-${release.version}.cdx.json`, bill);
  putJson(release, `chokepoint-${release.version}.spdx.json`, spdxOf(bill, timeOf(release)));
}

function makeKrewManifest({ version, output }: Release, archives: readonly string[], downloads: string): void {
  const hashed = archives.map(file => ({ name: basename(file), sha256: sha256Of(file) }));
  const manifest = krewManifest({ version, uri: `${downloads}/v${version}`, archives: hashed });
  writeFileSync(join(output, 'krew-chokepoint.yaml'), dump(manifest, { lineWidth: -1 }));
}

const SUMS = 'SHA256SUMS';

/** Sums of all files, as `sha256sum --check` reads them, and what proves them. Last: whatever comes later is not proved. */
function seal(release: Release, signer: Signer): void {
  const { output, version } = release;
  const subjects = readdirSync(output)
    .sort()
    .map(name => ({ name, sha256: sha256Of(join(output, name)) }));
  const statement = provenanceOf(release, subjects, process.env);
  putJson(release, `chokepoint-${version}.intoto.json`, statement);
  const proved = [...subjects, `chokepoint-${version}.intoto.json`].map(one =>
    typeof one === 'string' ? { name: one, sha256: sha256Of(join(output, one)) } : one,
  );
  const sums = proved.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
  writeFileSync(join(output, SUMS), sums);
  writeFileSync(join(output, `${SUMS}.sig`), signer.sign(sums));
  writeFileSync(join(output, 'cosign.pub'), signer.publicKey);
  putJson(release, `chokepoint-${version}.intoto.dsse.json`, envelopeOf(statement, signer));
}

/** Makes all files of a release, and returns what is to be said of it, line by line. */
export async function makeRelease(
  release: Release,
  { kubectl, signer, downloads, executables, mirror, cache }: ReleaseTools,
): Promise<readonly string[]> {
  const { output, version, work, image, commit } = release;
  const nodeFolder = nodeFolders(work);
  makePackage(release);
  const digest = await makeImage(release, { mirror, cache, nodeFolder });
  makeChart(release, digest);
  makeManifests(release, digest, kubectl);
  const archives = [...makeExecutables(release, nodeFolder), ...addExecutables(release, executables)];
  makeKrewManifest(release, archives, downloads);
  makeBillsOfMaterials(release);
  writeFileSync(join(output, 'RELEASE_NOTES.md'), notesOf(readFileSync('CHANGELOG.md', 'utf8'), version));
  seal(release, signer);
  return [
    `image: ${image}:${version}@${digest}`,
    ...(signer.isOfThisRun
      ? ['signed by a key of this run: it shows that nothing was changed since, not who made it']
      : []),
    ...(executables === undefined
      ? ['not made here: executables for macOS, which must be signed there (npm run sea, and --executables here)']
      : []),
    ...(commit === undefined
      ? ['no release: made with changes that are not in the commit, and the provenance names none']
      : []),
  ];
}
