import type { Evidence } from '../decision.ts';
import type { Route, RouteBackend, Service, Workload } from '../kube/types.ts';
import { refOf } from '../world/refs.ts';
import type { NamespaceContent } from '../world/world.ts';

/** Most objects that stand between one that names a server and its Service: a route, or a host. */
const MAX_STEPS = 3;

/** A route that says that what it sends to is an MCP server, and where. */
interface Naming {
  readonly route: Route;
  readonly path: string;
}

const isRoute = (sender: Route | Service): sender is Route => 'backends' in sender;

function namingOf(kind: string, name: string, content: NamespaceContent, steps: number): Naming | undefined {
  if (steps === 0) return undefined;
  const senders = content.senders().to(kind, name).filter(isRoute);
  const isNamed = ({ kind: of, name: called, namespace, isPlain }: RouteBackend): boolean =>
    of === kind && called === name && namespace === content.name && !isPlain;
  const route = senders.find(({ isMcp, backends }) => isMcp && backends.some(isNamed));
  if (route === undefined) {
    const between = senders.filter(({ meta }) => meta.namespace === content.name);
    return between
      .values()
      .map(one => namingOf(one.kind, one.meta.name, content, steps - 1))
      .find(one => one !== undefined);
  }
  return { route, path: route.backends.find(isNamed)?.path ?? 'spec' };
}

/**
 * The objects of MCP gateways and clients that name the workload, or a Service in front of it, as an MCP server: what they say is certain. One stands for
 * all that name the same thing. What stands between must be of the workload's namespace.
 */
export function namedAsServer(
  subject: Workload,
  services: readonly Service[],
  content: NamespaceContent,
): readonly Evidence[] {
  const named = [subject, ...services].flatMap(({ kind, meta }) => {
    const naming = namingOf(kind, meta.name, content, MAX_STEPS);
    return naming ? [{ naming, text: `${kind} ${meta.name}` }] : [];
  });
  return named.map(({ naming: { route, path }, text }) => ({
    signal: 'named',
    strength: 'declared',
    object: refOf(route),
    path,
    says: `${route.kind} ${route.meta.namespace}/${route.meta.name} names ${text} as an MCP server`,
  }));
}
