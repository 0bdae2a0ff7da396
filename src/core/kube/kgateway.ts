import { celRules } from './agentgateway.ts';
import { readTargets, SPEC } from './decode-targets.ts';
import { type Control, control, type Delegation, type FactParts } from './gateway-fact.ts';
import { askedIn, atEveryPort, EXTERNAL, FAIL_OPEN, type Method, partAt, tokenGap } from './gateway-methods.ts';
import { type At, at, type Fields, own, pathText, type Reading } from './reading.ts';

const KGATEWAY = 'gateway.kgateway.dev';
/** Methods of a TrafficPolicy that an extension describes, or that `disable` takes away. */
const EXTENDED: readonly Method[] = [
  { field: 'jwtAuth', asks: ['authentication'] },
  { field: 'extAuth', asks: EXTERNAL },
  { field: 'oauth2', asks: ['authentication'] },
];
const PLAIN: readonly Method[] = [
  { field: 'basicAuth', asks: ['authentication'] },
  { field: 'apiKeyAuth', asks: ['authentication'] },
];

/** A method that is taken away at this level, whatever a wider policy says of it. */
const disabled = ({ field, asks }: Method, path: string): readonly Control[] =>
  asks.map(aspect => control(aspect, field, 'none', path, `${path} takes away what a wider policy asks`));

function extended(method: Method, spec: Fields, namespace: string, reading: Reading) {
  const place = at(SPEC, method.field);
  const fields = reading.object(spec, method.field, SPEC);
  const none = { controls: [], delegations: [] } as const;
  if (fields === undefined) return none;
  if (own(fields, 'disable') !== undefined)
    return { ...none, controls: disabled(method, pathText(at(place, 'disable'))) };
  const ref = reading.object(fields, 'extensionRef', place);
  if (ref === undefined) return { ...none, controls: askedIn([method], spec, SPEC, reading) };
  const at_ = at(place, 'extensionRef');
  const to = {
    group: KGATEWAY,
    kind: 'GatewayExtension',
    namespace: reading.string(ref, 'namespace', at_) ?? namespace,
    name: reading.string(ref, 'name', at_) ?? '',
  };
  const delegation: Delegation = { by: method.field, path: pathText(at_), within: '', to };
  return { controls: [], delegations: [delegation] };
}

/** gateway.kgateway.dev TrafficPolicy. Of each field the narrowest policy counts. Source: https://kgateway.dev/docs/envoy/latest/reference/api/. */
export const readTrafficPolicy = (spec: Fields, reading: Reading, namespace: string): FactParts => {
  const parts = EXTENDED.map(method => extended(method, spec, namespace, reading));
  const plain = PLAIN.flatMap(method => extended(method, spec, namespace, reading).controls);
  return {
    targets: readTargets(spec, reading),
    controls: [
      ...parts.flatMap(({ controls }) => controls),
      ...plain,
      ...celRules(spec, 'rbac', 'rbac', SPEC, reading),
    ],
    delegations: parts.flatMap(({ delegations }) => delegations),
    merge: 'fields',
  };
};

const SOME_PASS = 'the rest passes without being asked';
const EXTENSION: readonly Method[] = [
  { field: 'jwt', asks: ['authentication'], gaps: [tokenGap('validationMode', 'AllowMissing')] },
  { field: 'extAuth', asks: EXTERNAL, gaps: [FAIL_OPEN] },
  { field: 'oauth2', asks: ['authentication'] },
];

/** gateway.kgateway.dev GatewayExtension, which TrafficPolicies name. */
export const readGatewayExtension = (spec: Fields, reading: Reading): FactParts => {
  const [extAuth, place] = partAt(spec, SPEC, ['extAuth'], reading);
  const percentage = reading.integer(extAuth, 'percentageEnabled', place);
  const controls = askedIn(EXTENSION, spec, SPEC, reading);
  if (percentage === undefined || percentage >= 100) return { controls };
  const path = 'spec.extAuth.percentageEnabled';
  const says = `${percentage} % of the requests are asked, ${SOME_PASS} (${path})`;
  return { controls: EXTERNAL.map(aspect => control(aspect, 'extAuth', 'optional', path, says)) };
};

/** Filters of a log that leave out nothing that matters here. */
const HARMLESS_FILTERS: ReadonlySet<string> = new Set(['notHealthCheckFilter']);

/** `accessLog`: each entry is a log; one with a filter may leave requests out. Without any, nothing is logged. */
function loggedIn(settings: Fields, up: At, reading: Reading): Control | undefined {
  const logs = reading.objects(settings, 'accessLog', up);
  if (logs.length === 0) return undefined;
  const path = pathText(at(up, 'accessLog'));
  const isWhole = ([log]: readonly [Fields, At]): boolean =>
    Object.keys(reading.object(log, 'filter', up) ?? {}).every(key => HARMLESS_FILTERS.has(key));
  return logs.some(isWhole)
    ? control('log', 'accessLog', 'required', path, path)
    : control('log', 'accessLog', 'unknown', path, `only requests that match ${path}[].filter are logged`);
}

/** gateway.kgateway.dev HTTPListenerPolicy, which is ListenerPolicy by now. */
export const readHttpListenerPolicy = (spec: Fields, reading: Reading): FactParts => {
  const log = loggedIn(spec, SPEC, reading);
  return { targets: readTargets(spec, reading), controls: log === undefined ? [] : [log], merge: 'fields' };
};

/** gateway.kgateway.dev ListenerPolicy: `perPort` stands in for the whole of `default` at a port. */
export const readListenerPolicy = (spec: Fields, reading: Reading): FactParts => {
  const everywhere = partAt(spec, SPEC, ['default', 'httpSettings'], reading);
  const ports = reading
    .objects(spec, 'perPort', SPEC)
    .map(([one, place]) => partAt(one, place, ['listener', 'httpSettings'], reading));
  const logs = [everywhere, ...ports].map(([settings, place]) => loggedIn(settings, place, reading));
  return { targets: readTargets(spec, reading), controls: atEveryPort(logs, 'spec.perPort'), merge: 'fields' };
};
