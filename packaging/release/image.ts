import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compress, packTar } from './archive.ts';
import { addDebianPackages } from './debian-packages.ts';
import { createLayout, type Descriptor, INDEX, type Layout, MANIFEST } from './oci-layout.ts';
import { ARCHITECTURES, type Architecture, type Release, run, sha256Of, timeOf } from './release.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

const PASSWD = 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n';
const GROUP = 'root:x:0:\nnonroot:x:65532:\n';

/** What the image holds of the repository, by its place there and in the image. */
const APPLICATION: readonly (readonly [from: string, to: string])[] = [
  ['dist/sbom.cdx.json', 'app/sbom.cdx.json'],
  ['dist/THIRD-PARTY-LICENSES.txt', 'app/THIRD-PARTY-LICENSES.txt'],
  ['dist/chokepoint.js', 'app/chokepoint.js'],
  ['dist/chunks', 'app/chunks'],
  ['LICENSE', 'app/LICENSE'],
  ['policies/demo', 'app/policies/demo'],
];

/** What is needed to make it. */
export interface ImageSources {
  /** Of Debian's packages. */
  readonly mirror: string;
  /** Folder that keeps what was fetched from there. */
  readonly cache: string;
  /** Folder of Node.js for an architecture. */
  readonly nodeFolder: (architecture: Architecture) => string;
}

/** A layer, and the hash of what it is when it is not compressed. */
interface Packed {
  readonly layer: Descriptor;
  readonly diffId: string;
}

function packLayer(root: string, layout: Layout, { epoch }: Release): Packed {
  const tar = `${root}.tar`;
  packTar(root, tar, epoch);
  const diffId = `sha256:${sha256Of(tar)}`;
  return { layer: layout.addFile(compress(tar), LAYER), diffId };
}

const put = (root: string, name: string, text: string): void => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
};

/** Node.js and the libraries that it needs: no shell, no package manager. */
async function baseLayer(
  architecture: Architecture,
  layout: Layout,
  release: Release,
  { mirror, cache, nodeFolder }: ImageSources,
): Promise<Packed> {
  const root = join(release.work, `base-${architecture}`);
  mkdirSync(join(root, 'work'), { recursive: true });
  put(root, 'etc/passwd', PASSWD);
  put(root, 'etc/group', GROUP);
  await addDebianPackages(root, architecture, { mirror, cache, work: join(release.work, `debian-${architecture}`) });
  const node = nodeFolder(architecture);
  for (const name of ['bin/node', 'LICENSE']) cpSync(join(node, name), join(root, 'nodejs', name));
  return packLayer(root, layout, release);
}

function applicationLayer(layout: Layout, release: Release): Packed {
  const root = join(release.work, 'application');
  for (const [from, to] of APPLICATION) cpSync(from, join(root, to), { recursive: true });
  put(root, 'app/package.json', run(process.execPath, ['packaging/image-package.ts']));
  return packLayer(root, layout, release);
}

const labelsOf = ({ version, commit }: Release): Readonly<Record<string, string>> => ({
  'org.opencontainers.image.title': 'chokepoint',
  'org.opencontainers.image.description': JSON.parse(readFileSync('package.json', 'utf8')).description,
  'org.opencontainers.image.licenses': 'Apache-2.0',
  'org.opencontainers.image.version': version,
  ...(commit !== undefined && { 'org.opencontainers.image.revision': commit }),
});

function configOf(architecture: Architecture, packed: readonly Packed[], release: Release): object {
  return {
    created: timeOf(release),
    architecture,
    os: 'linux',
    config: {
      User: '65532:65532',
      ExposedPorts: { '8080/tcp': {}, '8443/tcp': {} },
      Env: ['PATH=/nodejs/bin'],
      // As the Dockerfile has them, which says why.
      Entrypoint: ['/nodejs/bin/node', '--max-semi-space-size=8', '/app/chokepoint.js'],
      Cmd: ['--help'],
      WorkingDir: '/work',
      Labels: labelsOf(release),
    },
    rootfs: { type: 'layers', diff_ids: packed.map(({ diffId }) => diffId) },
    history: packed.map(() => ({ created: timeOf(release), created_by: 'npm run release' })),
  };
}

/** Makes the image for every architecture as one OCI archive, and returns the digest by which a registry names it: `sha256:…`. */
export async function makeImage(release: Release, sources: ImageSources): Promise<string> {
  const folder = join(release.work, 'image');
  const layout = createLayout(folder);
  const application = applicationLayer(layout, release);
  const manifests: Descriptor[] = [];
  for (const architecture of ARCHITECTURES) {
    const packed = [await baseLayer(architecture, layout, release, sources), application];
    const config = layout.addJson(configOf(architecture, packed, release), CONFIG);
    const layers = packed.map(({ layer }) => layer);
    const manifest = layout.addJson({ schemaVersion: 2, mediaType: MANIFEST, config, layers }, MANIFEST);
    manifests.push({ ...manifest, platform: { os: 'linux', architecture } });
  }
  const annotations = labelsOf(release);
  const index = layout.addJson({ schemaVersion: 2, mediaType: INDEX, manifests, annotations }, INDEX);
  layout.finish({ ...index, annotations: { 'org.opencontainers.image.ref.name': release.version } });
  packTar(folder, join(release.output, `chokepoint-image-${release.version}.oci.tar`), release.epoch);
  return index.digest;
}
