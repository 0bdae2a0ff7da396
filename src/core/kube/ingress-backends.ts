import { annotationPath } from './ingress-callers.ts';
import { hostBackend } from './named-backends.ts';
import { isFields, objectsAt, textAt } from './reading.ts';
import type { Meta, RouteBackend } from './types.ts';

const NGINX = 'nginx.ingress.kubernetes.io/';
/** Annotations with the address of a program that gets requests of callers, or copies of them: who is asked about them, and who gets each a second time. */
const ADDRESSES: readonly string[] = ['auth-url', 'mirror-target'].map(name => `${NGINX}${name}`);
/** The Service that gets what the others do not answer, and error pages. */
const DEFAULT_BACKEND = `${NGINX}default-backend`;
/** An action, in JSON, by a name that a path gives in place of a Service. Source: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions. */
const AWS_ACTION = 'alb.ingress.kubernetes.io/actions.';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Names of the Services that an action forwards to. */
function forwardedTo(text: string): readonly string[] {
  const action = parsed(text);
  if (!isFields(action)) return [];
  const groups = objectsAt(action, 'forwardConfig.targetGroups');
  return groups.map(group => textAt(group, 'serviceName')).filter(name => name !== '');
}

/** Services to which annotations of an Ingress send requests, whichever controller reads them. */
export function annotatedBackends({ annotations, namespace }: Meta): readonly RouteBackend[] {
  return [...annotations].flatMap(([key, value]): readonly RouteBackend[] => {
    const path = annotationPath(key);
    if (ADDRESSES.includes(key)) return hostBackend(value, path, namespace);
    const names = key === DEFAULT_BACKEND ? [value] : key.startsWith(AWS_ACTION) ? forwardedTo(value) : [];
    return names.map(name => ({ path, kind: 'Service', namespace, name }));
  });
}
