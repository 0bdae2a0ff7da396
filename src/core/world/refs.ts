import { GATEWAY_API } from '../kube/gateway-fact.ts';
import type { KubeObject, Meta, ObjectRef } from '../kube/types.ts';
import { isForeign, isGatewayFact } from './object-kinds.ts';

/** An object's name; of one of several pod templates of an object, followed by what that template is called. */
export function nameOf({ meta, part = '' }: { readonly meta: Pick<Meta, 'name'>; readonly part?: string }): string {
  return part === '' ? meta.name : `${meta.name}/${part}`;
}

/** Kind and name, unique within a namespace. */
export function objectKey(object: {
  readonly kind: string;
  readonly meta: Pick<Meta, 'name'>;
  readonly part?: string;
}): string {
  return `${object.kind}/${nameOf(object)}`;
}

/** Istio calls a kind of its own as Gateway API does. */
const toldKind = (object: KubeObject): string =>
  isGatewayFact(object) && object.kind === 'Gateway' && object.group !== GATEWAY_API
    ? `${object.kind}.${object.group}`
    : object.kind;

/** Other APIs' policies share names of kinds with Kubernetes' own, so their kind is told with its group, as kubectl takes it: `NetworkPolicy.projectcalico.org`. */
export function refOf(object: KubeObject): ObjectRef {
  const kind = isForeign(object) ? `${object.kind}.${object.apiVersion.split('/')[0]}` : toldKind(object);
  const { meta } = object;
  const named = meta.name === '' ? { ...object, meta: { ...meta, name: meta.generateName } } : object;
  return { kind, namespace: meta.namespace, name: nameOf(named) };
}
