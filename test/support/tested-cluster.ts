import type { Resource } from '../../src/adapters/kubernetes/client/paths.ts';
import { type Folder, type Ran, temporaryFolder } from '../cli/run.ts';
import type { FakeApiServer } from './fake-api-server.ts';
import type { RawObject } from './fake-api-store.ts';
import { startFakeCluster } from './fake-cluster.ts';
import { parseYaml } from './yaml.ts';

/** A fake cluster with the namespaces shop and gateway, and a folder with a kubeconfig of it. */
export interface TestedCluster {
  readonly server: FakeApiServer;
  readonly folder: Folder;
  /** Runs the command line in the folder; the address of the cluster is always the same in what it prints. */
  run(args: readonly string[]): Promise<Ran>;
  close(): Promise<void>;
}

/** Contexts of the kubeconfig: `here`, the current one; `nowhere` leads to no cluster. Absent `served`: what every API server of today serves. */
export async function testedCluster(served?: readonly Resource[]): Promise<TestedCluster> {
  const folder = temporaryFolder();
  const server = await startFakeCluster(served);
  const { origin } = server.connection.server;
  for (const name of ['shop', 'gateway']) server.put('namespaces', { metadata: { name } });
  const kubeconfig = {
    'current-context': 'here',
    clusters: [{ name: 'here', cluster: { server: origin } }],
    contexts: [
      { name: 'here', context: { cluster: 'here' } },
      { name: 'nowhere', context: { cluster: 'gone' } },
    ],
  };
  folder.write('kubeconfig', JSON.stringify(kubeconfig));
  return {
    server,
    folder,
    run: async args => {
      const ran = await folder.run(args);
      return { ...ran, stdout: ran.stdout.replaceAll(origin, 'http://127.0.0.1:6443') };
    },
    close: async () => {
      await server.close();
      folder.remove();
    },
  };
}

/** Puts the objects of a YAML text, all of one kind, into a fake cluster. */
export function putYaml(server: FakeApiServer, plural: string, yaml: string): void {
  for (const value of parseYaml(yaml)) server.put(plural, value as RawObject);
}
