import { execFile } from 'node:child_process';
import path from 'node:path';

/** How a run of podman ended. */
interface PodmanResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Podman with a store of its own: nothing of the machine's images is seen or changed. */
export interface Podman {
  /** Never throws for an exit code. */
  run(args: readonly string[], stdin?: string): Promise<PodmanResult>;
  /** Standard output, trimmed; throws what podman said where it failed. */
  output(args: readonly string[]): Promise<string>;
}

/** What has not ended by then, in milliseconds, will not. */
const TIMEOUT_MS = 300_000;

/**
 * Podman whose store is in `folder`. runc, and limits that an ordinary user may set: containers then start within another container and on
 * machines whose cgroups are of both versions, where podman's own defaults fail.
 */
export function openPodman(folder: string): Podman {
  const global = ['--root', path.join(folder, 'store'), '--runroot', path.join(folder, 'run'), '--runtime', 'runc'];
  const run = (args: readonly string[], stdin = ''): Promise<PodmanResult> =>
    new Promise(resolve => {
      const options = { timeout: TIMEOUT_MS, maxBuffer: 1 << 26 };
      const child = execFile('podman', [...global, ...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ stdout, stderr: stderr || (error?.message ?? ''), code });
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(stdin);
    });
  const output = async (args: readonly string[]): Promise<string> => {
    const { stdout, stderr, code } = await run(args);
    if (code !== 0) throw new Error(`podman ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.trim();
  };
  return { run, output };
}

/** What a container is started with where it is to have nothing: as Kubernetes' restricted profile with a read-only root, and no network. */
export const RESTRICTED = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--network=none',
  '--pull=never',
  '--ulimit=nofile=4096:4096',
  '--ulimit=nproc=4096:4096',
] as const;
