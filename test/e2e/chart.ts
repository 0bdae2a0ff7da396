import { fileURLToPath } from 'node:url';
import type { Connection } from '../control-plane/connection.ts';
import { parseYaml } from '../support/yaml.ts';
import { SYSTEM } from './gate.ts';

/** The Helm chart of this checkout. */
export const CHART = fileURLToPath(new URL('../../manifests/chart/', import.meta.url));
export const RELEASE = 'chokepoint';
/** helm assumes a version where it renders without a cluster; what assumes it is told at its build, and ours is not. */
const RENDERED_FOR = ['--kube-version', '1.36.0'];

/** An object as it is rendered. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** Values as `helm --set-json` takes them: the path of each, and what it is. */
export type Values = Readonly<Record<string, unknown>>;

/** The flags that give values. */
export const valueFlags = (values: Values): readonly string[] =>
  Object.entries(values).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`]);

/** `helm template`, whether it succeeds or not. */
export const template = (cluster: Connection, values: Values, namespace = SYSTEM, chart = CHART) =>
  cluster.helm(['template', RELEASE, chart, '--namespace', namespace, ...RENDERED_FOR, ...valueFlags(values)]);

/** The objects that `helm template` prints, without helm's hooks if `what` says so. */
export async function render(
  cluster: Connection,
  values: Values,
  { namespace = SYSTEM, hooks = false } = {},
): Promise<readonly Rendered[]> {
  const { code, stdout, stderr } = await template(cluster, values, namespace);
  if (code !== 0) throw new Error(stderr);
  const objects = parseYaml(stdout) as Rendered[];
  return hooks ? objects : objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);
}
