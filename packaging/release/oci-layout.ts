import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from './release.ts';

/** What names a blob (OCI Image Specification 1.1, descriptor). */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: 'linux'; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A folder in the OCI Image Layout. */
export interface Layout {
  add(bytes: string | Buffer, mediaType: string): Descriptor;
  addFile(file: string, mediaType: string): Descriptor;
  addJson(value: object, mediaType: string): Descriptor;
  /** Ends it: what the folder is of. */
  finish(of: Descriptor): void;
}

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';

/** A layout without anything in it, in a folder that is not there yet. */
export function createLayout(folder: string): Layout {
  const blobs = join(folder, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const add: Layout['add'] = (bytes, mediaType) => {
    const hash = sha256(bytes);
    writeFileSync(join(blobs, hash), bytes);
    return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(bytes) };
  };
  return {
    add,
    addFile: (file, mediaType) => add(readFileSync(file), mediaType),
    addJson: (value, mediaType) => add(JSON.stringify(value), mediaType),
    finish: of => {
      writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
      writeFileSync(
        join(folder, 'index.json'),
        JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [of] }),
      );
    },
  };
}
