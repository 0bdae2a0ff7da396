import { appendFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { type RunningDashboard, startDashboard } from '../../src/main/dashboard.ts';
import { processIo } from '../../src/main/process-io.ts';
import type { RawObject } from '../support/fake-api-store.ts';
import { type TestedCluster, testedCluster } from '../support/tested-cluster.ts';
import { CONFIG } from './samples.ts';

const PLURALS: ReadonlyMap<unknown, string> = new Map([
  ['Deployment', 'deployments'],
  ['NetworkPolicy', 'networkpolicies'],
]);

/** A cluster in memory, and a dashboard of it. */
export interface FollowedCluster extends Pick<TestedCluster, 'server'> {
  readonly url: string;
  /** Appends a line to the record. */
  append(line: string): void;
  /** Creates or changes the objects of manifests, with their namespaces. */
  apply(manifests: string): void;
  close(): Promise<void>;
}

/** What a dashboard is given besides. */
interface Given {
  /** Further lines of the spec of its configuration. */
  readonly spec?: string;
  /** Text of a record, which is followed. */
  readonly record?: string;
}

/** Starts both; `files`: manifests of what is there. Objects of kinds that the cluster does not serve are left out. */
export async function followedCluster(
  files: Readonly<Record<string, string>>,
  { spec = '', record }: Given = {},
): Promise<FollowedCluster> {
  const cluster = await testedCluster();
  const { server, folder } = cluster;
  const apply = (manifests: string): void => {
    for (const document of parseAllDocuments(manifests)) {
      const object: RawObject & { readonly kind?: unknown } = document.toJS();
      const plural = PLURALS.get(object.kind);
      const { namespace } = object.metadata;
      if (plural === undefined || namespace === undefined) continue;
      if (server.objects('namespaces').every(({ metadata }) => metadata.name !== namespace))
        server.put('namespaces', { metadata: { name: namespace } });
      // Antrea calls one of its kinds as Kubernetes does.
      if (!String(object.apiVersion).startsWith('crd.antrea.io/')) server.put(plural, object);
    }
  };
  for (const text of Object.values(files)) apply(text);
  folder.write('chokepoint.yaml', `${CONFIG}${spec}`);
  if (record !== undefined) folder.write('record.jsonl', record);
  const bugs: unknown[] = [];
  const dashboard: RunningDashboard = await startDashboard(
    {
      kubeconfig: `${folder.path}/kubeconfig`,
      config: 'chokepoint.yaml',
      gateNamespace: 'chokepoint-system',
      port: 0,
      ...(record !== undefined && { record: ['record.jsonl'] }),
    },
    { ...processIo({}), workingFolder: folder.path },
    error => void bugs.push(error),
  );
  return {
    server,
    apply,
    url: dashboard.url,
    append: line => appendFileSync(`${folder.path}/record.jsonl`, `${line}\n`),
    close: async () => {
      await dashboard.close();
      await cluster.close();
      if (bugs.length > 0) throw bugs[0];
    },
  };
}
