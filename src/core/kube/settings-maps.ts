import { decodeMeta } from './decode-meta.ts';
import type { GatewayFact } from './gateway-fact.ts';
import { type ToldFamily, toldBy, unreadNginx } from './gateway-settings.ts';
import { type Fields, Reading } from './reading.ts';
import type { Workload } from './types.ts';

/** A ConfigMap that a controller in the cluster is told by. */
export interface SettingsMap {
  readonly family: ToldFamily;
  readonly namespace: string;
  readonly name: string;
}

/** Where charts, distributions and manifests run the controllers in a cluster: whoever may run pods elsewhere must not speak for them. */
const HOMES: readonly string[] = ['ingress-nginx', 'nginx-ingress', 'ingress', 'ingress-controller', 'kube-system'];
const MESH_HOME = 'istio-system';
/** Namespaces in which the controllers are looked for. */
export const SETTINGS_HOMES: readonly string[] = [...HOMES, MESH_HOME];

const NGINX_IMAGE = /(?:^|\/)(?:ingress-nginx\/controller|nginx-ingress-controller)(?::|@|$)/;
const NGINX_OPTION = /^--configmap=(?:([^/]*)\/)?(.+)$/;

function nginxMaps({ meta, containers }: Workload): readonly SettingsMap[] {
  const named = containers
    .filter(({ image }) => NGINX_IMAGE.test(image))
    .flatMap(({ command, args }) => [...command, ...args])
    .flatMap(text => {
      const [, home = '', name] = NGINX_OPTION.exec(text) ?? [];
      const namespace = home === '' || home === '$(POD_NAMESPACE)' ? meta.namespace : home;
      return name === undefined ? [] : { family: 'ingress-nginx' as const, namespace, name };
    });
  return named.slice(0, 1);
}

/** `istiod` is told by `istio`, `istiod-REVISION` by `istio-REVISION`. */
function meshMaps({ meta }: Workload): readonly SettingsMap[] {
  const [, revision] = /^istiod(-[a-z0-9-]+)?$/.exec(meta.name) ?? ['', undefined];
  const isIstiod = /^istiod(?:-|$)/.test(meta.name);
  return isIstiod ? [{ family: 'istio', namespace: meta.namespace, name: `istio${revision ?? ''}` }] : [];
}

const RUNS_CONTROLLERS: ReadonlySet<string> = new Set(['Deployment', 'DaemonSet', 'StatefulSet']);

/** The ConfigMaps that the controllers among some workloads of {@link SETTINGS_HOMES} are told by, each once. */
export function settingsMapsOf(workloads: Iterable<Workload>): readonly SettingsMap[] {
  const maps = [...workloads].flatMap(workload => {
    if (!RUNS_CONTROLLERS.has(workload.kind)) return [];
    const { namespace } = workload.meta;
    if (namespace === MESH_HOME) return meshMaps(workload);
    return HOMES.includes(namespace) ? nginxMaps(workload) : [];
  });
  return [...new Map(maps.map(map => [`${map.namespace}/${map.name}`, map])).values()];
}

const NAMELESS = decodeMeta({}, new Reading(), 'cluster');

/** Stands for the ConfigMaps of ingress-nginx of a cluster in which no controller of it is known. */
export const UNREAD_SETTINGS: GatewayFact = unreadNginx(
  NAMELESS,
  'the ConfigMap of ingress-nginx, which may ask it everywhere, is not known: no controller names it where they usually run',
);

/** What was answered for a ConfigMap: the object, nothing where there is none, or why it is not known. */
export interface ReadSettings {
  readonly map: SettingsMap;
  readonly object: Fields | undefined;
  /** Absent: it is known. A sentence's end: `the right to get it is missing`. */
  readonly unread?: string;
}

function factsOf({ map, object = {}, unread }: ReadSettings): readonly GatewayFact[] {
  const { namespace, name, family } = map;
  const meta = { ...NAMELESS, namespace, name };
  if (unread === undefined) return toldBy(family, object, meta);
  // What a mesh says where it is not known is looked for by its name, and missed there.
  if (family === 'istio') return [];
  return [
    unreadNginx(
      meta,
      `the ConfigMap ${namespace}/${name} of ingress-nginx, which may ask it everywhere, is not read: ${unread}`,
    ),
  ];
}

/** What controllers of a cluster are told. Where none of ingress-nginx is known, it is not known what it is told. */
export function settingsFacts(read: readonly ReadSettings[]): readonly GatewayFact[] {
  const facts = read.flatMap(factsOf);
  return read.some(({ map }) => map.family === 'ingress-nginx') ? facts : [...facts, UNREAD_SETTINGS];
}
