import type { Created, ProbeCluster, ProbePod } from '../../../app/probe/cluster.ts';
import { ENDS_ANNOTATION, PROBE_LABEL, PROBE_PREFIX, type ProbeObject } from '../../../app/probe/objects.ts';
import type { Time } from '../../../app/time.ts';
import { type Fields, fieldsAt, isFields, own, valueAt } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import { type Client, requestPatiently } from '../client/client.ts';
import { NAMESPACES, NETWORK_POLICIES, PODS, SERVICES } from '../client/kinds.ts';
import { apiVersionOf, collectionPath, objectPath, type Resource } from '../client/paths.ts';
import { readClusterIPs } from '../view/network-facts.ts';
import { type NamedRead, readNamed } from '../view/read-named.ts';
import { deletionBody, writtenBy } from './writer.ts';

const NODES: Resource = { group: '', version: 'v1', kind: 'Node', plural: 'nodes' };

const RESOURCES: Readonly<Record<ProbeObject['kind'], Resource>> = {
  Namespace: NAMESPACES,
  Job: { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs' },
  Pod: PODS,
  Service: SERVICES,
  NetworkPolicy: NETWORK_POLICIES,
};

const textAt = (fields: Fields, path: string): string => {
  const value = valueAt(fields, path);
  return typeof value === 'string' ? value : '';
};
const listAt = (fields: Fields, path: string): readonly Fields[] => {
  const value = valueAt(fields, path);
  return Array.isArray(value) ? value.filter(isFields) : [];
};

/** Reasons for which a container waits in vain (kubelet, pkg/kubelet/images and kuberuntime). */
const STUCK: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
]);

const said = (reason: string, message: string): string => [reason, message].filter(text => text !== '').join(': ');

/** A Pod (core/v1) as the probe looks at it. */
export function readProbePod(pod: Fields): ProbePod {
  const phase = textAt(pod, 'status.phase');
  const [container = {}] = listAt(pod, 'status.containerStatuses');
  const state = fieldsAt(container, 'state');
  const [waiting, terminated] = ['waiting', 'terminated'].map(name => fieldsAt(state, name));
  const hasEnded = phase === 'Succeeded' || phase === 'Failed';
  const unscheduled = listAt(pod, 'status.conditions').find(
    one => own(one, 'type') === 'PodScheduled' && own(one, 'status') === 'False',
  );
  const message = own(terminated ?? {}, 'message');
  const reasons = [
    said(textAt(pod, 'status.reason'), textAt(pod, 'status.message')),
    said(textAt(waiting ?? {}, 'reason'), textAt(waiting ?? {}, 'message')),
    said(textAt(terminated ?? {}, 'reason'), ''),
    said(textAt(unscheduled ?? {}, 'reason'), textAt(unscheduled ?? {}, 'message')),
  ];
  return {
    name: textAt(pod, 'metadata.name'),
    addresses: listAt(pod, 'status.podIPs').map(one => textAt(one, 'ip')),
    state: hasEnded ? 'ended' : phase === 'Running' ? 'running' : 'pending',
    trouble: reasons.find(reason => reason !== '') ?? '',
    isStuck: STUCK.has(textAt(waiting ?? {}, 'reason')) || own(unscheduled ?? {}, 'reason') === 'Unschedulable',
    message: typeof message === 'string' ? message : undefined,
  };
}

/** What a probe does, by an API server. */
export function createProbeCluster(client: Client, time: Time): ProbeCluster {
  const read = async (what: NamedRead): Promise<readonly Fields[]> => {
    const result = await readNamed(client, time, what);
    if (result.kind === 'objects') return result.objects;
    const { status, message } = result;
    const right = `list ${what.plural}`;
    throw new GateError(
      'unexpected-answer',
      status === 403 ? `may not ${right} (${message})` : `cannot ${right}: ${message || `status ${status}`}`,
    );
  };
  return {
    nodes: () => read(NODES),
    namespaces: async () => {
      const all = await read({ ...NAMESPACES, labelSelector: `${PROBE_LABEL}=true` });
      return all
        .map(one => ({
          name: textAt(one, 'metadata.name'),
          endsMs: Date.parse(String(own(fieldsAt(fieldsAt(one, 'metadata'), 'annotations'), ENDS_ANNOTATION))),
        }))
        .filter(({ name }) => name.startsWith(PROBE_PREFIX));
    },
    create: async (namespace, object): Promise<Created> => {
      const resource = RESOURCES[object.kind];
      const body = { apiVersion: apiVersionOf(resource), ...object };
      const path = collectionPath(resource, namespace);
      const answer = await requestPatiently(client, time, { method: 'POST', path, body });
      const written = writtenBy(answer);
      if (written.kind === 'done')
        return { kind: 'done', uid: written.uid, addresses: readClusterIPs(Object(answer.body)) };
      return { kind: 'refused', status: answer.status, message: 'message' in written ? written.message : '' };
    },
    pods: async namespace => (await read({ ...PODS, namespace })).map(readProbePod),
    removeNamespace: async name => {
      const path = objectPath(NAMESPACES, '', name);
      const { status } = await requestPatiently(client, time, { method: 'DELETE', path, body: deletionBody({}) });
      return status < 300 || status === 404 || status === 409;
    },
  };
}
