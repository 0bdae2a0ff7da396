import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { parseDocument } from 'yaml';
import { withValues } from '../../docs/chart-values.ts';
import { compress, packTar } from './archive.ts';
import { createLayout, MANIFEST } from './oci-layout.ts';
import type { Release } from './release.ts';

/** Media types of charts in registries (helm.sh/docs/topics/registries). */
const CHART_CONFIG = 'application/vnd.cncf.helm.config.v1+json';
const CHART_CONTENT = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

function edited(file: string, values: readonly (readonly [path: readonly string[], value: string])[]): void {
  const document = parseDocument(readFileSync(file, 'utf8'));
  for (const [path, value] of values) document.setIn(path, value);
  writeFileSync(file, document.toString({ lineWidth: 0 }));
}

/** What the values say of the image in the repository, and in a release. */
const UNPUBLISHED =
  'The image. None is published: build it from the Dockerfile, push it to a registry that the cluster reaches, and name it here.';
const RELEASED = 'The image: that of this release, by its digest below.';

/** Writes the image into the values of a chart, and what they say of it into its README. */
export function nameImage(
  folder: string,
  { version, image }: Pick<Release, 'version' | 'image'>,
  digest: string,
): void {
  const [values, readme] = [join(folder, 'values.yaml'), join(folder, 'README.md')];
  const text = readFileSync(values, 'utf8');
  if (!text.includes(UNPUBLISHED)) throw new Error(`values.yaml of the chart no longer says: ${UNPUBLISHED}`);
  writeFileSync(values, text.replace(UNPUBLISHED, RELEASED));
  edited(values, [
    [['image', 'repository'], image],
    [['image', 'tag'], version],
    [['image', 'digest'], digest],
  ]);
  writeFileSync(readme, withValues(readFileSync(readme, 'utf8'), readFileSync(values, 'utf8')));
}

/** Makes the chart, which names the image by its digest, as `helm package` names it and as an OCI archive of what `helm push` would push. */
export function makeChart(release: Release, imageDigest: string): void {
  const { version, work, output, epoch } = release;
  const folder = join(work, 'chart', 'chokepoint');
  cpSync('manifests/chart', folder, { recursive: true });
  edited(join(folder, 'Chart.yaml'), [
    [['version'], version],
    [['appVersion'], version],
  ]);
  nameImage(folder, release, imageDigest);
  const tar = join(work, 'chart.tar');
  packTar(join(work, 'chart'), tar, epoch, ['chokepoint']);
  const packed = join(output, `chokepoint-chart-${version}.tgz`);
  cpSync(compress(tar), packed);

  const layoutFolder = join(work, 'chart-layout');
  const layout = createLayout(layoutFolder);
  const config = layout.addJson(Object(load(readFileSync(join(folder, 'Chart.yaml'), 'utf8'))), CHART_CONFIG);
  const layers = [layout.addFile(packed, CHART_CONTENT)];
  const manifest = layout.addJson({ schemaVersion: 2, mediaType: MANIFEST, config, layers }, MANIFEST);
  layout.finish({ ...manifest, annotations: { 'org.opencontainers.image.ref.name': version } });
  packTar(layoutFolder, join(output, `chokepoint-chart-${version}.oci.tar`), epoch);
}
