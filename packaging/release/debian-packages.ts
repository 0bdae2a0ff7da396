import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Architecture } from './release.ts';
import { run, sha256, sha256Of } from './release.ts';

/** Debian's packages that Node.js needs to run, and nothing else. Debian 12. */
interface DebianPackage {
  /** Path below the mirror. */
  readonly path: string;
  readonly sha256: string;
}

const GCC = 'pool/main/g/gcc-12';
const GLIBC = 'pool/main/g/glibc';

export const DEBIAN_PACKAGES: Readonly<Record<Architecture, readonly DebianPackage[]>> = {
  amd64: [
    {
      path: `${GLIBC}/libc6_2.36-9+deb12u14_amd64.deb`,
      sha256: 'ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf',
    },
    {
      path: `${GCC}/libgcc-s1_12.2.0-14+deb12u1_amd64.deb`,
      sha256: '3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7',
    },
    {
      path: `${GCC}/libstdc++6_12.2.0-14+deb12u1_amd64.deb`,
      sha256: '5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d',
    },
  ],
  arm64: [
    {
      path: `${GLIBC}/libc6_2.36-9+deb12u14_arm64.deb`,
      sha256: '01f4330719fd4f65580e16ea5a0527f372fca750e8f588d26deaf09f2d3b1cf4',
    },
    {
      path: `${GCC}/libgcc-s1_12.2.0-14+deb12u1_arm64.deb`,
      sha256: '576926b283613db80168ddf76380a3bd877602778cf0d226caa7bfbfa71eacf3',
    },
    {
      path: `${GCC}/libstdc++6_12.2.0-14+deb12u1_arm64.deb`,
      sha256: '26e138c677a985775331373828a6c286c551ff397cb735d00e2383cb273d1cb2',
    },
  ],
};

/** The longest that a package may take, in milliseconds. */
const DOWNLOAD_MS = 120_000;

/** Fetches a package, unless a file of these very bytes is there. Rejects where the mirror has none or another one. */
async function fetchPackage({ path, sha256: wanted }: DebianPackage, mirror: string, folder: string): Promise<string> {
  const file = join(folder, basename(path));
  if (existsSync(file) && sha256Of(file) === wanted) return file;
  const answer = await fetch(`${mirror}/${path}`, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
  if (!answer.ok) throw new Error(`${path}: the mirror answers ${answer.status}; a newer one may have taken its place`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (sha256(bytes) !== wanted) throw new Error(`${path} is not the package that is named in debian-packages.ts`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

/** What of a package goes into the image: its libraries, without what converts between character sets, and its licence. */
const KEPT: readonly RegExp[] = [
  /^lib(?:64)?\/.*\.so(?:\.[\d.]+)?$/,
  /^usr\/lib\/[^/]+\/lib[^/]*\.so(?:\.[\d.]+)?$/,
  /^usr\/share\/doc\/[^/]+\/copyright$/,
];

function unpack(file: string, root: string, work: string): void {
  const name = basename(file, '.deb');
  const unpacked = join(work, name);
  mkdirSync(work, { recursive: true });
  run('dpkg-deb', ['--extract', file, unpacked]);
  for (const entry of readdirSync(unpacked, { recursive: true, encoding: 'utf8' })) {
    if (!KEPT.some(kept => kept.test(entry))) continue;
    mkdirSync(dirname(join(root, entry)), { recursive: true });
    cpSync(join(unpacked, entry), join(root, entry), { verbatimSymlinks: true, recursive: true });
  }
  // Where scanners look for packages of images that no package manager has made.
  const control = join(work, `${name}.control`);
  run('dpkg-deb', ['--control', file, control]);
  const status = join(root, 'var/lib/dpkg/status.d');
  mkdirSync(status, { recursive: true });
  writeFileSync(join(status, name.split('_')[0] ?? name), readFileSync(join(control, 'control')));
}

/** Puts the packages of an architecture below a root. `mirror`: of Debian, without a slash at its end. */
export async function addDebianPackages(
  root: string,
  architecture: Architecture,
  { mirror, cache, work }: { readonly mirror: string; readonly cache: string; readonly work: string },
): Promise<void> {
  for (const one of DEBIAN_PACKAGES[architecture]) unpack(await fetchPackage(one, mirror, cache), root, work);
}
