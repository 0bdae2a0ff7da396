import { expectOk, type Request } from '../control-plane/client.ts';
import { MODE, PODS, POLICIES, pathIn } from '../e2e/scene.ts';
import { get, labelsOf, list, nameOf, namespaceOf, text } from '../support/oracle-reading.ts';
import { openings, type Stored } from './still-closed.ts';

const uidOf = (object: unknown): string => text(get(get(object, 'metadata'), 'uid'));
const versionOf = (object: unknown): string => text(get(get(object, 'metadata'), 'resourceVersion'));

/**
 * Reads a namespace back from the API server: Pods that were the same before and after the policies were read, so that no Pod is looked at beside the
 * policies of another moment. One that has changed meanwhile, as when its gate came off behind its policy, is there unchanged at a later look.
 */
async function read(request: Request, namespace: string): Promise<Stored> {
  const items = async (path: string): Promise<readonly unknown[]> =>
    list(expectOk(await request('GET', pathIn(namespace, path)), path).body.items);
  const stateOf = (pod: unknown): string => `${uidOf(pod)} ${versionOf(pod)}`;
  const before = new Set((await items(PODS)).map(stateOf));
  const [policies, services] = [await items(POLICIES), await items('api/v1/services')];
  const pods = (await items(PODS)).filter(pod => before.has(stateOf(pod)));
  return { namespace, pods, policies, services };
}

/** A Pod as the workload makes them; undefined of what makes none. */
function podOf(object: unknown): object | undefined {
  const spec = get(object, 'spec');
  const template = get(spec, 'template') ?? get(get(get(spec, 'jobTemplate'), 'spec'), 'template');
  if (template === undefined) return undefined;
  const metadata = {
    ...Object(get(template, 'metadata')),
    namespace: namespaceOf(object),
    name: `of-${nameOf(object)}`,
  };
  return { ...Object(template), metadata };
}

/** Adds an object, or replaces the one of the same name, as a dry run says that it would be; of a workload, a Pod of it. */
function withObject(stored: Stored, object: unknown): Stored {
  const put = (objects: readonly unknown[], added: unknown = object): readonly unknown[] => [
    ...objects.filter(other => nameOf(other) !== nameOf(added)),
    added,
  ];
  const kind = get(object, 'kind');
  if (kind === 'NetworkPolicy') return { ...stored, policies: put(stored.policies) };
  if (kind === 'Service') return { ...stored, services: put(stored.services) };
  const pod = kind === 'Pod' ? object : podOf(object);
  return pod === undefined ? stored : { ...stored, pods: put(stored.pods, pod) };
}

/** Looks at one namespace that enforces, again and again. */
export interface Watchman {
  /** What is open of what is stored now, with the object that a dry run answered, or a workload's Pods, where there is one. */
  look(beside?: unknown): Promise<readonly string[]>;
  /** How often the traffic was worked out. */
  readonly looks: () => number;
}

export function createWatchman(request: Request, namespace: string): Watchman {
  let seen = '';
  let looks = 0;
  const judged = (stored: Stored): readonly string[] => {
    looks += 1;
    return openings(stored);
  };
  return {
    looks: () => looks,
    look: async beside => {
      const { body } = expectOk(await request('GET', `/api/v1/namespaces/${namespace}`), namespace);
      if (labelsOf(body).get(MODE) !== 'enforce') return [`${namespace} no longer enforces`];
      const stored = await read(request, namespace);
      if (beside !== undefined) return judged(withObject(stored, beside));
      // What was worked out once need not be again.
      const versions = [...stored.pods, ...stored.policies, ...stored.services].map(versionOf).join();
      if (versions === seen) return [];
      seen = versions;
      return judged(stored);
    },
  };
}
