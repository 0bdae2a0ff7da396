import { type Answer, expectOk, type Request } from '../control-plane/client.ts';
import type { Connection } from '../control-plane/connection.ts';
import { CLOSED, LABELS, podSpec, policy } from './servers.ts';
import { newNamespace } from './shared-cluster.ts';

export const MODE = 'chokepoint.dev/mode';
export const PODS = 'api/v1/pods';
export const POLICIES = 'apis/networking.k8s.io/v1/networkpolicies';

/** `api/v1/pods/weather/status` in the namespace, as a path of the API server. */
export const pathIn = (namespace: string, path: string): string =>
  `/${path.replace(/^(api\/v1|apis\/[^/]+\/[^/]+)\//, `$1/namespaces/${namespace}/`)}`;

/** Where a bypass is tried: a namespace with a closed server, the Pod `weather` under the policy `weather`. Paths are those of {@link pathIn}. */
export interface Scene {
  readonly namespace: string;
  /** As whoever tries; the administrator where nothing is said. */
  readonly request: Request;
  readonly post: (collection: string, object: object) => Promise<Answer>;
  readonly patch: (object: string, body: object, contentType?: string) => Promise<Answer>;
  readonly remove: (object: string) => Promise<Answer>;
}

/** A way to open a server, by the admin: rights do not matter to the gate. */
export interface Bypass {
  readonly title: string;
  /** Labels of the namespace. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What must be there first; it passes everywhere. */
  readonly prepare?: (scene: Scene) => Promise<readonly Answer[]>;
  readonly attempt: (scene: Scene) => Promise<Answer>;
  /** What the refusal speaks of. */
  readonly refusedFor: string;
}

/** The same namespace, as somebody else. */
export const sceneIn = (namespace: string, request: Request): Scene => ({
  namespace,
  request,
  post: (collection, object) => request('POST', pathIn(namespace, collection), object),
  patch: (object, body, contentType) =>
    request('PATCH', pathIn(namespace, object), body, contentType === undefined ? {} : { contentType }),
  remove: object => request('DELETE', pathIn(namespace, object)),
});

/** A new namespace of this mode with a closed server in it. */
export async function newScene(
  cluster: Pick<Connection, 'request'>,
  mode: 'off' | 'audit' | 'enforce',
  labels: Readonly<Record<string, string>> = {},
): Promise<Scene> {
  const scene = sceneIn(await newNamespace(cluster, mode, { ...labels, [MODE]: mode }), cluster.request);
  expectOk(await scene.post(POLICIES, policy('weather', CLOSED)), 'the policy that closes');
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'weather', labels: LABELS }, spec: podSpec() };
  expectOk(await scene.post(PODS, pod), 'the closed server');
  return scene;
}

/** The status and the message, for expectations of both. */
export const said = ({ status, body }: Answer): string => `${status} ${body?.message ?? ''}`;
