import { SPEC } from './decode-targets.ts';
import { type Control, control, type FactParts, GATEWAY_API, type Listener, type NamedObject } from './gateway-fact.ts';
import { atEveryPort, partAt } from './gateway-methods.ts';
import { type At, at, type Fields, isFields, own, pathText, type Reading, valueAt } from './reading.ts';
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

/** What a `validation` of certificates of callers asks (GEP-91); `undefined`: it is absent. */
function certificateAsked(holder: Fields, below: string, path: string): Control | undefined {
  const validation = valueAt(holder, below);
  if (!isFields(validation)) return undefined;
  const mode = `${path}.mode`;
  const says = `a caller without a certificate passes (${mode}: AllowInsecureFallback)`;
  return own(validation, 'mode') === 'AllowInsecureFallback'
    ? control('authentication', 'tls', 'optional', mode, says)
    : control('authentication', 'tls', 'required', path, path);
}

/** `tls.frontend`: `perPort` stands in for `default` at a port. */
function frontendControls(spec: Fields, reading: Reading): readonly Control[] {
  const [frontend, place] = partAt(spec, SPEC, ['tls', 'frontend'], reading);
  const everywhere = 'default.validation';
  const ports = reading
    .objects(frontend, 'perPort', place)
    .map(([one, up]) => certificateAsked(one, 'tls.validation', `${pathText(up)}.tls.validation`));
  const each = [certificateAsked(frontend, everywhere, `${pathText(place)}.${everywhere}`), ...ports];
  return atEveryPort(each, `${pathText(place)}.perPort`);
}

/** gateway.networking.k8s.io Gateway. Source: https://gateway-api.sigs.k8s.io/api-types/gateway/. */
export const readGateway = (spec: Fields, reading: Reading, { namespace }: Meta): FactParts => {
  const [infrastructure, place] = partAt(spec, SPEC, ['infrastructure'], reading);
  return {
    runBy: reading.string(spec, 'gatewayClassName', SPEC) ?? '',
    parent: referenceAt(infrastructure, 'parametersRef', place, namespace, reading),
    listeners: listenersOf(spec, reading),
    controls: frontendControls(spec, reading),
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
