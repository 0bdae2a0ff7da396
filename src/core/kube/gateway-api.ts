import { SPEC } from './decode-targets.ts';
import { control, type FactParts, GATEWAY_API, type Listener, type NamedObject } from './gateway-fact.ts';
import { partAt } from './gateway-methods.ts';
import { type At, at, type Fields, isFields, own, type Reading, valueAt } from './reading.ts';
import type { Meta } from './types.ts';

/** A reference to an object; `undefined` where it is absent or names none. */
function referenceAt(
  holder: Fields,
  key: string,
  up: At,
  namespace: string,
  reading: Reading,
): NamedObject | undefined {
  const fields = reading.object(holder, key, up);
  const place = at(up, key);
  const name = fields && reading.string(fields, 'name', place);
  if (fields === undefined || name === undefined) return undefined;
  return {
    group: reading.string(fields, 'group', place) ?? GATEWAY_API,
    kind: reading.string(fields, 'kind', place) ?? 'Gateway',
    namespace: reading.string(fields, 'namespace', place) ?? namespace,
    name,
  };
}

function listenerOf(listener: Fields, place: At, reading: Reading): Listener {
  const from = valueAt(listener, 'allowedRoutes.namespaces.from') ?? 'Same';
  return { name: reading.string(listener, 'name', place) ?? '', ownNamespaceOnly: from === 'Same' };
}

const listenersOf = (spec: Fields, reading: Reading): readonly Listener[] =>
  reading.objects(spec, 'listeners', SPEC).map(([listener, place]) => listenerOf(listener, place, reading));

/** `tls.frontend.default.validation` (GEP-91): a certificate of the caller, or none where the mode says so. */
function frontendControls(spec: Fields): FactParts['controls'] {
  const path = 'tls.frontend.default.validation';
  const validation = valueAt(spec, path);
  if (!isFields(validation)) return [];
  const isOptional = own(validation, 'mode') === 'AllowInsecureFallback';
  const says = `a caller without a certificate passes (spec.${path}.mode: AllowInsecureFallback)`;
  return [
    isOptional
      ? control('authentication', 'tls', 'optional', `spec.${path}.mode`, says)
      : control('authentication', 'tls', 'required', `spec.${path}`, `spec.${path}`),
  ];
}

/** gateway.networking.k8s.io Gateway. Source: https://gateway-api.sigs.k8s.io/api-types/gateway/. */
export const readGateway = (spec: Fields, reading: Reading, { namespace }: Meta): FactParts => {
  const [infrastructure, place] = partAt(spec, SPEC, ['infrastructure'], reading);
  return {
    runBy: reading.string(spec, 'gatewayClassName', SPEC) ?? '',
    parent: referenceAt(infrastructure, 'parametersRef', place, namespace, reading),
    listeners: listenersOf(spec, reading),
    controls: frontendControls(spec) ?? [],
  };
};

/** gateway.networking.k8s.io ListenerSet (GEP-1713). */
export const readListenerSet = (spec: Fields, reading: Reading, { namespace }: Meta): FactParts => ({
  parent: referenceAt(spec, 'parentRef', SPEC, namespace, reading),
  listeners: listenersOf(spec, reading),
});

/** gateway.networking.k8s.io GatewayClass. */
export const readGatewayClass = (spec: Fields, reading: Reading): FactParts => ({
  runBy: reading.string(spec, 'controllerName', SPEC) ?? '',
  parent: referenceAt(spec, 'parametersRef', SPEC, '', reading),
  isWide: true,
});

/** networking.k8s.io IngressClass. */
export const readIngressClass = (spec: Fields, reading: Reading): FactParts => ({
  runBy: reading.string(spec, 'controller', SPEC) ?? '',
  isWide: true,
});
