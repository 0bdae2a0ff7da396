import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WATCHED_KINDS } from '../../src/adapters/kubernetes/kinds.ts';
import { parseYaml } from '../support/yaml.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Role {
  readonly kind: string;
  readonly rules?: readonly Rule[];
}

const roles = (name: string): readonly Role[] =>
  parseYaml(readFileSync(new URL(`../../manifests/rbac-${name}.yaml`, import.meta.url), 'utf8')) as Role[];

/** `verb group/resource` of everything that a role of this kind grants, sorted. */
const granted = (name: string, kind: string): readonly string[] =>
  roles(name)
    .filter(role => role.kind === kind)
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap(group => resources.flatMap(resource => verbs.map(verb => `${verb} ${group}/${resource}`))),
    )
    .sort();

const plural = (kind: string): string => `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
const WATCHED = WATCHED_KINDS.map(watched =>
  watched.kind === 'builtin'
    ? `${watched.resource.group}/${watched.resource.plural}`
    : `${watched.group}/${plural(watched.objectKind)}`,
);
const READS = WATCHED.flatMap(resource => [`list ${resource}`, `watch ${resource}`]);

describe('The rights that are shipped', () => {
  it('let the webhook watch what it judges, read a namespace, and nothing else', () => {
    expect(granted('webhook', 'ClusterRole')).toEqual([...READS, 'get /namespaces'].sort());
    expect(granted('webhook', 'Role')).toEqual([]);
  });

  it('let the controller write policies, gates and Events besides', () => {
    const writes = ['create', 'delete', 'patch'].map(verb => `${verb} networking.k8s.io/networkpolicies`);
    expect(granted('controller', 'ClusterRole')).toEqual(
      [...READS, ...writes, 'patch /pods', 'create events.k8s.io/events'].sort(),
    );
  });

  it('let the controller hold its own Lease, in its own namespace', () => {
    expect(granted('controller', 'Role')).toEqual(
      ['create', 'get', 'update'].map(verb => `${verb} coordination.k8s.io/leases`),
    );
  });

  it('know no wildcard', () => {
    const all = ['webhook', 'controller'].flatMap(name => [...granted(name, 'ClusterRole'), ...granted(name, 'Role')]);
    expect(all.filter(right => right.includes('*'))).toEqual([]);
  });
});
