import { readTargets, SPEC } from './decode-targets.ts';
import { type Control, control, type FactParts } from './gateway-fact.ts';
import { askedIn, EXTERNAL, FAIL_OPEN, type Method, partAt, tokenGap } from './gateway-methods.ts';
import { type At, at, type Fields, isFields, own, pathText, type Reading, valueAt } from './reading.ts';

const JWT: Method = {
  field: 'jwt',
  asks: ['authentication'],
  gaps: [
    tokenGap('optional', true),
    { at: 'failOpen', is: [true], passes: 'a request whose token is missing or wrong passes' },
  ],
};
const OIDC: Method = {
  field: 'oidc',
  asks: ['authentication'],
  gaps: [
    {
      at: 'passThroughAuthHeader',
      is: [true],
      passes: 'a request that brings an Authorization header passes, whatever is in it',
    },
  ],
};
/**
 * Beside `jwt`, what `passThroughAuthHeader` lets past is what `jwt` reads, and refuses where it is wrong, even where none need be there. Releases that
 * refuse the policy without `jwt` let nobody past.
 */
const OIDC_BESIDE_JWT: Method = { field: 'oidc', asks: ['authentication'] };
const API_KEY: Method = { field: 'apiKeyAuth', asks: ['authentication'] };
const EXT_AUTH: Method = { field: 'extAuth', asks: EXTERNAL, gaps: [FAIL_OPEN] };
const SECURITY: readonly Method[] = [JWT, API_KEY, { field: 'basicAuth', asks: ['authentication'] }, EXT_AUTH];
const MCP_SECURITY: readonly Method[] = [{ field: 'oauth', asks: ['authentication'] }, API_KEY, EXT_AUTH];

/** A rule lets in whom a token names: a request without one matches none of them. */
const namesCaller = (rule: Fields): boolean =>
  isFields(valueAt(rule, 'principal.jwt')) || isFields(valueAt(rule, 'source.jwt'));

/** `authorization`: the first rule that matches decides, else the default, which is Deny. */
function authorizationIn(parent: Fields, up: At, reading: Reading): readonly Control[] {
  const fields = reading.object(parent, 'authorization', up);
  if (fields === undefined) return [];
  const place = at(up, 'authorization');
  const path = pathText(place);
  if (reading.string(fields, 'defaultAction', place) === 'Allow') {
    const says = `who matches no rule is let in (${path}.defaultAction: Allow)`;
    return [control('authorization', 'authorization', 'none', `${path}.defaultAction`, says)];
  }
  const rules = reading.objects(fields, 'rules', place).map(([rule]) => rule);
  const letIn = rules.filter(rule => own(rule, 'action') !== 'Deny');
  const asked = control('authorization', 'authorization', 'required', path, path);
  // A request that no token speaks for matches no rule, and is refused.
  const isByToken = letIn.every(namesCaller);
  return [asked, ...(isByToken ? [control('authentication', 'authorization', 'required', path, path)] : [])];
}

/** `jwt` refuses a wrong token. */
const checksTokens = (spec: Fields): boolean =>
  own(spec, 'jwt') !== undefined && valueAt(spec, 'jwt.failOpen') !== true;

/** gateway.envoyproxy.io SecurityPolicy. Without `mergeType` the narrowest one counts alone. Source: https://gateway.envoyproxy.io/docs/api/extension_types/#securitypolicy. */
export const readSecurityPolicy = (spec: Fields, reading: Reading): FactParts => {
  const targets = readTargets(spec, reading);
  const methods = [...SECURITY, checksTokens(spec) ? OIDC_BESIDE_JWT : OIDC];
  return {
    targets,
    controls: [...askedIn(methods, spec, SPEC, reading), ...authorizationIn(spec, SPEC, reading)],
    merge: reading.string(spec, 'mergeType', SPEC) === undefined ? 'replace' : 'merge',
    isWide: targets.some(({ namespaces }) => namespaces === 'any'),
  };
};

/** `tls.clientValidation`: a certificate of the caller. */
const CLIENT_CERTIFICATE: Method = {
  field: 'clientValidation',
  asks: ['authentication'],
  gaps: [
    { at: 'optional', is: [true], passes: 'a caller without a certificate passes' },
    { at: 'mode', is: ['Request', 'VerifyIfGiven'], passes: 'a caller without a certificate passes' },
    { at: 'mode', is: ['RequireAny'], passes: 'a caller with a certificate of his own making passes' },
  ],
};

/** gateway.envoyproxy.io ClientTrafficPolicy. */
export const readClientTrafficPolicy = (spec: Fields, reading: Reading): FactParts => {
  const targets = readTargets(spec, reading);
  const [tls, place] = partAt(spec, SPEC, ['tls'], reading);
  return {
    targets,
    controls: askedIn([CLIENT_CERTIFICATE], tls, place, reading),
    merge: 'replace',
    isWide: targets.some(({ namespaces }) => namespaces === 'any'),
  };
};

/** gateway.envoyproxy.io EnvoyProxy: it logs to its output unless it is told not to. */
export const readEnvoyProxy = (spec: Fields, reading: Reading): FactParts => {
  const [log, place] = partAt(spec, SPEC, ['telemetry', 'accessLog'], reading);
  const path = pathText(place);
  if (own(log, 'disable') === true) {
    return { controls: [control('log', 'log', 'none', `${path}.disable`, `${path}.disable turns it off`)] };
  }
  const settings = reading.objects(log, 'settings', place);
  const isPartial = settings.length > 0 && settings.every(([one]) => reading.list(one, 'matches', place).length > 0);
  if (!isPartial) return { controls: [control('log', 'log', 'required', path, path)] };
  const says = `only requests that match ${path}.settings[].matches are logged`;
  return { controls: [control('log', 'log', 'unknown', `${path}.settings`, says)] };
};

/** aigateway.envoyproxy.io MCPRoute `securityPolicy`. What stands at its backends is how the gateway signs in there. Source: https://aigateway.envoyproxy.io/docs/api/. */
export const readMcpRoute = (spec: Fields, reading: Reading): readonly Control[] => {
  const [security, place] = partAt(spec, SPEC, ['securityPolicy'], reading);
  return [...askedIn(MCP_SECURITY, security, place, reading), ...authorizationIn(security, place, reading)];
};
