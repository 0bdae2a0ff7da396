import { readTargets, SPEC } from './decode-targets.ts';
import { type Control, control, type Delegation, type FactParts } from './gateway-fact.ts';
import { askedIn, EXTERNAL, FAIL_OPEN, type Method, partAt, tokenGap } from './gateway-methods.ts';
import { type At, at, type Fields, own, pathText, type Reading } from './reading.ts';

const TRAFFIC: readonly Method[] = [
  { field: 'jwtAuthentication', asks: ['authentication'], gaps: [tokenGap('mode', 'Optional', 'Permissive')] },
  { field: 'basicAuthentication', asks: ['authentication'], gaps: [tokenGap('mode', 'Optional')] },
  { field: 'apiKeyAuthentication', asks: ['authentication'], gaps: [tokenGap('mode', 'Optional')] },
  {
    field: 'extAuth',
    asks: EXTERNAL,
    gaps: [{ ...FAIL_OPEN, at: 'failureMode', is: ['FailOpen'] }],
    limitedBy: 'conditional',
  },
];
const MCP: readonly Method[] = [
  { field: 'authentication', asks: ['authentication'], gaps: [tokenGap('mode', 'Optional', 'Permissive')] },
];

/**
 * Rules in CEL, which is not judged: those that deny let all others in; those that allow say who may, and perhaps that he must be known.
 */
function celRules(parent: Fields, field: string, by: string, up: At, reading: Reading): readonly Control[] {
  const fields = reading.object(parent, field, up);
  if (fields === undefined) return [];
  const path = pathText(at(up, field));
  if (reading.string(fields, 'action', at(up, field)) === 'Deny') {
    const says = `whom no rule denies is let in (${path}.action: Deny)`;
    return [control('authorization', by, 'none', `${path}.action`, says)];
  }
  const says = `${path} may ask for a token: its expressions are not judged`;
  return [control('authorization', by, 'required', path, path), control('authentication', by, 'unknown', path, says)];
}

function mcpControls(backend: Fields, up: At, reading: Reading): readonly Control[] {
  const [mcp, place] = partAt(backend, up, ['mcp'], reading);
  const asked = askedIn(MCP, mcp, place, reading).map(one => ({ ...one, by: 'mcp.authentication' }));
  return [...asked, ...celRules(mcp, 'authorization', 'mcp.authorization', place, reading)];
}

/** `frontend.accessLog`: requests are logged unless a filter leaves some out. */
function logControls(spec: Fields, reading: Reading): readonly Control[] {
  const [frontend, place] = partAt(spec, SPEC, ['frontend'], reading);
  const log = reading.object(frontend, 'accessLog', place);
  if (log === undefined) return [];
  const path = pathText(at(place, 'accessLog'));
  if (own(log, 'filter') === undefined) return [control('log', 'accessLog', 'required', path, path)];
  return [
    control('log', 'accessLog', 'unknown', `${path}.filter`, `only requests that match ${path}.filter are logged`),
  ];
}

/** agentgateway.dev AgentgatewayPolicy. Of each field the narrowest policy counts. Source: https://agentgateway.dev/docs/kubernetes/latest/reference/api/. */
export const readAgentgatewayPolicy = (spec: Fields, reading: Reading): FactParts => {
  const [traffic, trafficPlace] = partAt(spec, SPEC, ['traffic'], reading);
  const [backend, backendPlace] = partAt(spec, SPEC, ['backend'], reading);
  return {
    targets: readTargets(spec, reading),
    controls: [
      ...askedIn(TRAFFIC, traffic, trafficPlace, reading),
      ...celRules(traffic, 'authorization', 'authorization', trafficPlace, reading),
      ...mcpControls(backend, backendPlace, reading),
      ...logControls(spec, reading),
    ],
    merge: 'fields',
  };
};

/** What an AgentgatewayBackend itself asks, under `policies`. */
export const readAgentgatewayBackend = (spec: Fields, reading: Reading): readonly Control[] => {
  const [policies, place] = partAt(spec, SPEC, ['policies'], reading);
  return mcpControls(policies, place, reading);
};

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

/** gateway.kgateway.dev HTTPListenerPolicy: without `accessLog` nothing is logged. */
export const readHttpListenerPolicy = (spec: Fields, reading: Reading): FactParts => ({
  targets: readTargets(spec, reading),
  controls:
    reading.list(spec, 'accessLog', SPEC).length > 0
      ? [control('log', 'accessLog', 'required', 'spec.accessLog', 'spec.accessLog')]
      : [],
  merge: 'fields',
});
