import { readFileSync } from 'node:fs';
import { parseYaml } from './yaml.ts';

interface Role {
  readonly kind: string;
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** `verb group/resource` of everything that the roles of this kind in `manifests/rbac-NAME.yaml` grant, sorted. */
export function shippedRights(name: 'webhook' | 'controller', kind: 'ClusterRole' | 'Role'): readonly string[] {
  const text = readFileSync(new URL(`../../manifests/rbac-${name}.yaml`, import.meta.url), 'utf8');
  return (parseYaml(text) as readonly Role[])
    .filter(role => role.kind === kind)
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap(group => resources.flatMap(resource => verbs.map(verb => `${verb} ${group}/${resource}`))),
    )
    .sort();
}
