import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { startCluster } from '../cluster.ts';
import { eventually } from '../eventually.ts';

/**
 * Stands for kind where there is no container engine: its clusters are control planes of ours, signed by the authority that the configuration mounts
 * into the node. `node fake-kind.ts STATE version|create cluster|delete cluster …`; STATE is a folder.
 */

/** What is read of a configuration of kind's. */
interface Config {
  readonly nodes: readonly {
    readonly extraMounts: readonly { readonly hostPath: string; readonly containerPath: string }[];
  }[];
}

const SELF = fileURLToPath(import.meta.url);
const [state = '', command = '', ...rest] = process.argv.slice(2);
const pidFile = join(state, 'kind.pid');

const flag = (name: string): string => rest[rest.indexOf(name) + 1] ?? '';

/** Holds the cluster until it is told to end. */
async function hold(authority: string, kubeconfig: string): Promise<void> {
  const [cert, key] = ['ca.crt', 'ca.key'].map(name => readFileSync(join(authority, name), 'utf8'));
  if (cert === undefined || key === undefined) throw new Error('no authority');
  const { address } = await startCluster({ authority: { cert, key } });
  copyFileSync(address.kubeconfig, kubeconfig);
}

async function create(): Promise<void> {
  const config = load(readFileSync(flag('--config'), 'utf8')) as Config;
  const mounts = config.nodes.flatMap(node => node.extraMounts);
  const ca = mounts.find(({ containerPath }) => containerPath === '/etc/kubernetes/pki/ca.crt');
  const kubeconfig = flag('--kubeconfig');
  const args = [SELF, state, 'hold', dirname(ca?.hostPath ?? ''), kubeconfig];
  const holder = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'ignore', 'inherit'] });
  holder.unref();
  writeFileSync(pidFile, String(holder.pid));
  await eventually('the cluster is there', () => existsSync(kubeconfig) || undefined, { timeoutMs: 60_000 });
}

async function remove(): Promise<void> {
  const pid = Number(readFileSync(pidFile, 'utf8'));
  process.kill(pid, 'SIGTERM');
  const isThere = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await eventually('the cluster is gone', () => !isThere() || undefined);
}

if (command === 'version') process.stdout.write('kind v0.30.0 go1.24.6 linux/amd64\n');
else if (command === 'create') await create();
else if (command === 'delete') await remove();
else if (command === 'hold') await hold(rest[0] ?? '', rest[1] ?? '');
