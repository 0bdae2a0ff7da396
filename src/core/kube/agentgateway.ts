import { readTargets, SPEC } from './decode-targets.ts';
import { type Control, control, type FactParts } from './gateway-fact.ts';
import { askedIn, EXTERNAL, FAIL_OPEN, type Method, partAt, tokenGap } from './gateway-methods.ts';
import { type At, at, type Fields, own, pathText, type Reading, valueAt } from './reading.ts';
import type { Meta } from './types.ts';

const EXT_AUTH: Method = {
  field: 'extAuth',
  asks: EXTERNAL,
  gaps: [{ ...FAIL_OPEN, at: 'failureMode', is: ['FailOpen'] }],
};
const TRAFFIC: readonly Method[] = [
  { field: 'jwtAuthentication', asks: ['authentication'], gaps: [tokenGap('mode', 'Optional', 'Permissive')] },
  { field: 'basicAuthentication', asks: ['authentication'], gaps: [tokenGap('mode', 'Optional')] },
  { field: 'apiKeyAuthentication', asks: ['authentication'], gaps: [tokenGap('mode', 'Optional', 'Permissive')] },
  { ...EXT_AUTH, limitedBy: 'conditional' },
];
const MCP: readonly Method[] = [
  { field: 'authentication', asks: ['authentication'], gaps: [tokenGap('mode', 'Optional', 'Permissive')] },
];

/**
 * Rules in CEL, which is not judged: those that deny let all others in; those that allow say who may, and perhaps that he must be known.
 */
export function celRules(parent: Fields, field: string, by: string, up: At, reading: Reading): readonly Control[] {
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

/** What is asked in front of a backend. `owner`: the object that it stands in, as rules of who may of all objects count together. */
function backendControls(backend: Fields, owner: string, up: At, reading: Reading): readonly Control[] {
  const [mcp, place] = partAt(backend, up, ['mcp'], reading);
  const asked = askedIn(MCP, mcp, place, reading).map(one => ({ ...one, by: 'mcp.authentication' }));
  const external = askedIn([EXT_AUTH], backend, up, reading).map(one => ({ ...one, by: 'backend.extAuth' }));
  return [...asked, ...celRules(mcp, 'authorization', `mcp.authorization ${owner}`, place, reading), ...external];
}

/** What is asked of requests. Those of the phase PreRouting are asked besides those of the other phase, not in their place. */
function trafficControls(spec: Fields, owner: string, reading: Reading): readonly Control[] {
  const [traffic, place] = partAt(spec, SPEC, ['traffic'], reading);
  const phase = reading.string(traffic, 'phase', place) === 'PreRouting' ? 'PreRouting ' : '';
  const asked = [
    ...askedIn(TRAFFIC, traffic, place, reading),
    ...celRules(traffic, 'authorization', `authorization ${owner}`, place, reading),
  ];
  return asked.map(one => ({ ...one, by: `${phase}${one.by}` }));
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

/**
 * agentgateway.dev AgentgatewayPolicy. Of each field the narrowest policy counts, or the widest that overrides; rules of who may count together. Source:
 * https://agentgateway.dev/docs/kubernetes/latest/reference/api/.
 */
export const readAgentgatewayPolicy = (spec: Fields, reading: Reading, { namespace, name }: Meta): FactParts => {
  const owner = `${namespace}/${name}`;
  const [backend, place] = partAt(spec, SPEC, ['backend'], reading);
  return {
    targets: readTargets(spec, reading),
    controls: [
      ...trafficControls(spec, owner, reading),
      ...backendControls(backend, owner, place, reading),
      ...logControls(spec, reading),
    ],
    merge: valueAt(spec, 'strategy.inheritance') === 'Override' ? 'fields-override' : 'fields',
  };
};

/** What an AgentgatewayBackend itself asks, under `policies`. */
export const readAgentgatewayBackend = (spec: Fields, reading: Reading): readonly Control[] => {
  const [policies, place] = partAt(spec, SPEC, ['policies'], reading);
  return backendControls(policies, 'itself', place, reading);
};
