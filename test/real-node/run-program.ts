import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../control-plane/cluster.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/chokepoint.js', import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as it is built, on a cluster. */
export function runProgram(
  { address }: Pick<Cluster, 'address'>,
  args: readonly string[],
  onStart: (pid: number) => void = () => undefined,
): Promise<Ran> {
  const command = [PROGRAM, ...args, '--kubeconfig', address.kubeconfig];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  onStart(child.pid ?? 0);
  return new Promise(resolve => child.on('close', status => resolve({ status, ...printed })));
}
