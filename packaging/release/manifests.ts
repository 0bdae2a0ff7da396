import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Release, run } from './release.ts';

/** The image as the manifests in the repository name it. */
const imageLine = (version: string): RegExp => new RegExp(`^( *image: )chokepoint:${RegExp.escape(version)}$`, 'gm');

/** One file to apply for each overlay, which names the image by its digest. Throws where an overlay names none. `kubectl`: the program. */
export function makeManifests(release: Release, imageDigest: string, kubectl: string): void {
  const { version, output, image } = release;
  for (const overlay of readdirSync('manifests/overlays').sort()) {
    const text = run(kubectl, ['kustomize', join('manifests/overlays', overlay)]);
    const line = imageLine(version);
    if (!line.test(text)) throw new Error(`the overlay ${overlay} names no image chokepoint:${version}`);
    const named = text.replace(line, `$1${image}:${version}@${imageDigest}`);
    writeFileSync(join(output, `install-${overlay}.yaml`), named);
  }
}
