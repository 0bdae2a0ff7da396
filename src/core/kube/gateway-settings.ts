import { decodeMeta } from './decode-meta.ts';
import { type Control, control, type Family, type GatewayFact, NOTHING_SAID } from './gateway-fact.ts';
import { EXTERNAL } from './gateway-methods.ts';
import { at, type Fields, isFields, own, pathText, type Reading } from './reading.ts';
import type { KubeObject, Meta } from './types.ts';

const CONFIG_MAP = { group: '', kind: 'ConfigMap' };

/** Stands for a service that the configuration of an Istio mesh describes, and AuthorizationPolicies name. */
export const EXTENSION_PROVIDER = { group: 'istio.io', kind: 'ExtensionProvider' };

/** The ConfigMap that a controller of ingress-nginx reads, as its charts and manifests call it. */
const NGINX_NAME = /(^|-)ingress-nginx-controller$|^nginx-configuration$/;
/** That of a mesh, or of one of its revisions. */
const MESH_NAME = /^istio(-[a-z0-9-]+)?$/;

const DATA = at(undefined, 'data');
const dataPath = (key: string): string => pathText(at(DATA, key));

const wide = (names: { readonly group: string; readonly kind: string }, meta: Meta, family: Family) => ({
  ...names,
  meta,
  family,
  ...NOTHING_SAID,
  isWide: true,
  incomplete: false,
});

type Data = (key: string) => string;

const SNIPPETS: readonly string[] = ['http-snippet', 'server-snippet', 'location-snippet'];
const LOGS_OFF: readonly string[] = ['disable-access-log', 'disable-http-access-log'];
/** Name of what `global-auth-url` asks, which an Ingress can leave out. */
export const GLOBAL_AUTH = 'global-auth-url';

/** ConfigMap of ingress-nginx. Source: https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/. */
function nginxControls(data: Data): readonly Control[] {
  const path = dataPath(GLOBAL_AUTH);
  const asked = data(GLOBAL_AUTH) === '' ? [] : EXTERNAL;
  return [
    ...asked.map(aspect => control(aspect, GLOBAL_AUTH, 'required', path, path)),
    ...SNIPPETS.filter(key => data(key) !== '').map(key =>
      control('authentication', key, 'unknown', dataPath(key), `${key} is not judged`),
    ),
    ...LOGS_OFF.filter(key => data(key) === 'true').map(key =>
      control('log', key, 'none', dataPath(key), `${key} turns it off`),
    ),
  ];
}

/** Stands for a ConfigMap of ingress-nginx in a live cluster that is not read, for this reason: what it asks of all Ingresses is not known. */
export const unreadNginx = (meta: Meta, says: string): GatewayFact => ({
  ...wide(CONFIG_MAP, meta, 'ingress-nginx'),
  controls: EXTERNAL.map(aspect => control(aspect, GLOBAL_AUTH, 'unknown', '', says)),
  incomplete: true,
  unlisted: says,
});

/** `accessLogFile` of a mesh: without it nothing is logged, unless providers are told to. The text is YAML, of which only plain lines are looked at. */
function meshLog(mesh: string): Control {
  const path = dataPath('mesh');
  const file = /^accessLogFile:[ \t]*["']?([^"'\s#]+)/m.exec(mesh);
  if (file !== null) return control('log', 'mesh', 'required', path, `accessLogFile: ${file[1]}`);
  return /accessLogging:|^[ \t]+accessLogFile:|^accessLogFile:[ \t]*[|>&*]/m.test(mesh)
    ? control('log', 'mesh', 'unknown', path, 'what the configuration of the mesh says of access logs is not judged')
    : control('log', 'mesh', 'none', path, 'the configuration of the mesh names no accessLogFile');
}

/** Every name in a mesh, as of an extension provider: a service that decides. Where one of them lets requests past while it is away, which one is not told. */
function meshProviders(mesh: string, meta: Meta): readonly GatewayFact[] {
  const path = dataPath('mesh');
  const names = new Set([...mesh.matchAll(/\bname:[ \t]*["']?([A-Za-z0-9._-]+)/g)].map(([, name = '']) => name));
  const demand = /\bfailOpen:[ \t]*true\b/.test(mesh) ? 'unknown' : 'required';
  const says =
    demand === 'required'
      ? path
      : 'a service of the mesh lets every request pass while it cannot be reached (failOpen): which one is not judged';
  const controls = EXTERNAL.map(aspect => control(aspect, 'CUSTOM', demand, path, says));
  return [...names].map(name => ({
    ...wide(EXTENSION_PROVIDER, { ...meta, namespace: '', name }, 'istio'),
    partOf: { kind: CONFIG_MAP.kind, namespace: meta.namespace, name: meta.name },
    controls,
  }));
}

/** ConfigMap with the configuration of an Istio mesh. Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/. */
function decodeMesh(mesh: string, meta: Meta): readonly GatewayFact[] {
  return [{ ...wide(CONFIG_MAP, meta, 'istio'), controls: [meshLog(mesh)] }, ...meshProviders(mesh, meta)];
}

/** The texts of a ConfigMap; empty for what it has not. */
function dataOf(fields: Fields): Data {
  const held = own(fields, 'data');
  return key => {
    const value = isFields(held) ? own(held, key) : undefined;
    return typeof value === 'string' ? value : '';
  };
}

/** Families whose controllers are told by a ConfigMap what holds for all of their gateways. */
export type ToldFamily = 'ingress-nginx' | 'istio';

/** What the controllers of a family are told, by a ConfigMap of theirs. */
export function toldBy(family: ToldFamily, fields: Fields, meta: Meta): readonly GatewayFact[] {
  const data = dataOf(fields);
  if (family === 'ingress-nginx') return [{ ...wide(CONFIG_MAP, meta, family), controls: nginxControls(data) }];
  const mesh = data('mesh');
  return mesh === '' ? [] : decodeMesh(mesh, meta);
}

/** A v1 ConfigMap by which a controller of gateways is told what holds for all of them; nothing of any other. */
export function decodeSettings(fields: Fields, reading: Reading): readonly KubeObject[] {
  const name = own(reading.object(fields, 'metadata', undefined) ?? {}, 'name');
  if (typeof name !== 'string') return [];
  const family = NGINX_NAME.test(name) ? 'ingress-nginx' : MESH_NAME.test(name) ? 'istio' : undefined;
  return family === undefined ? [] : toldBy(family, fields, decodeMeta(fields, reading, 'namespaced'));
}
