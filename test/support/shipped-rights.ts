import { readFileSync } from 'node:fs';
import { parseYaml } from './yaml.ts';

const FILE = new URL('../../manifests/base/20-rights.yaml', import.meta.url);

interface RightsObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly name: string }[];
}

/** `verb group/resource` of everything that the roles of this kind grant to an account, sorted. `without`: a role that is left out. */
export function shippedRights(
  name: 'webhook' | 'controller',
  kind: 'ClusterRole' | 'Role',
  without?: string,
): readonly string[] {
  const objects = parseYaml(readFileSync(FILE, 'utf8')) as readonly RightsObject[];
  const bound = objects
    .filter(({ subjects = [] }) => subjects.some(subject => subject.name === `chokepoint-${name}`))
    .map(({ roleRef }) => `${roleRef?.kind} ${roleRef?.name}`);
  return objects
    .filter(role => role.kind === kind && role.metadata.name !== without)
    .filter(role => bound.includes(`${kind} ${role.metadata.name}`))
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap(group => resources.flatMap(resource => verbs.map(verb => `${verb} ${group}/${resource}`))),
    )
    .sort();
}
