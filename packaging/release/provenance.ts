import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DEBIAN_PACKAGES } from './debian-packages.ts';
import { type LockedPackages, pinnedNode } from './node-runtime.ts';
import { ARCHITECTURES, type Release, sha256Of } from './release.ts';

/** A file of the release. */
export interface Subject {
  readonly name: string;
  readonly sha256: string;
}

/** What went into it beside the sources, by what it can be known again. */
function dependenciesOf(lock: LockedPackages): readonly object[] {
  const debian = ARCHITECTURES.flatMap(architecture => DEBIAN_PACKAGES[architecture]).map(({ path, sha256 }) => ({
    name: basename(path),
    digest: { sha256 },
  }));
  const node = ARCHITECTURES.map(architecture => pinnedNode(architecture, lock)).map(
    ({ name, version, integrity }) => ({
      uri: `pkg:npm/${name}@${version}`,
      digest: { sha512: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') },
    }),
  );
  return [{ name: 'package-lock.json', digest: { sha256: sha256Of('package-lock.json') } }, ...node, ...debian];
}

/** What it is made of is a commit, or what nobody else can have. */
const sourceOf = ({ commit }: Pick<Release, 'commit'>): object =>
  commit === undefined
    ? { name: 'source', annotations: { modified: true } }
    : { name: 'source', digest: { gitCommit: commit } };

/** Where it is made: a builder that others know, or anybody's machine. */
function builderOf({ GITHUB_SERVER_URL, GITHUB_WORKFLOW_REF }: NodeJS.ProcessEnv): string {
  return GITHUB_WORKFLOW_REF === undefined
    ? 'urn:chokepoint:builder:local'
    : `${GITHUB_SERVER_URL}/${GITHUB_WORKFLOW_REF}`;
}

/** An in-toto statement (in-toto.io/Statement/v1) with SLSA's provenance (slsa.dev/provenance/v1). Without times, so that two builds are byte-equal. */
export function provenanceOf(
  release: Pick<Release, 'version' | 'commit' | 'epoch' | 'image' | 'repository'>,
  subjects: readonly Subject[],
  env: NodeJS.ProcessEnv,
): object {
  const lock: LockedPackages = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const { version, epoch, image, repository } = release;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:chokepoint:release:v1',
        externalParameters: {
          command: 'npm run release',
          version,
          image,
          ...(repository !== undefined && { repository }),
        },
        internalParameters: { sourceDateEpoch: epoch, node: process.version },
        resolvedDependencies: [sourceOf(release), ...dependenciesOf(lock)],
      },
      runDetails: { builder: { id: builderOf(env) } },
    },
  };
}
