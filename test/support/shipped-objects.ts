import { readFileSync } from 'node:fs';
import { parseYaml } from './yaml.ts';

/** The folder of everything that is installed. */
export const MANIFESTS = new URL('../../manifests/', import.meta.url);

/** What the tests read of a shipped object; of each kind, its own fields are there. */
export interface ShippedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  readonly [field: string]: any;
}

/** The objects of a file, by its path in the folder of manifests. */
export const shippedObjects = (path: string): readonly ShippedObject[] =>
  parseYaml(readFileSync(new URL(path, MANIFESTS), 'utf8')) as ShippedObject[];

/** The one object of this kind and name in a file. Throws where there is none. */
export function shippedObject(path: string, kind: string, name: string): ShippedObject {
  const found = shippedObjects(path).find(object => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name} in ${path}`);
  return found;
}

/** The two Deployments. */
export const DEPLOYMENTS: readonly ShippedObject[] = [
  shippedObject('base/60-webhook.yaml', 'Deployment', 'chokepoint-webhook'),
  shippedObject('base/61-controller.yaml', 'Deployment', 'chokepoint-controller'),
];

/** One operation of a JSON patch (RFC 6902). */
export interface Operation {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  readonly path: string;
  /** Absent where something is removed. */
  readonly value?: unknown;
}

/** The JSON patches of a component, of all that it patches, or of what objects of this name get; those that delete a whole object are left out. */
export function patchesOf(component: string, name?: string): readonly (readonly Operation[])[] {
  const [{ patches = [] } = {} as ShippedObject] = shippedObjects(`components/${component}/kustomization.yaml`);
  return patches.flatMap(
    ({ patch, target }: { readonly patch: string; readonly target?: { readonly name?: string } }) => {
      if (name !== undefined && (target?.name ?? name) !== name) return [];
      const [document] = parseYaml(patch);
      return Array.isArray(document) ? [document] : [];
    },
  );
}
