import { type Control, control, type Delegation, type FactParts } from './gateway-fact.ts';
import { type Fields, isFields, type Reading, valueAt } from './reading.ts';

export const TOOLHIVE = 'toolhive.stacklok.dev';

/** Fields of a proxy that ask who calls, of the versions that there are. */
const SIGN_IN = ['oidcConfigRef', 'oidcConfig', 'authServerRef'] as const;
const RULES = ['authzConfig', 'authzConfigRef'] as const;

const asked = (spec: Fields, aspect: Control['aspect'], fields: readonly string[], below = ''): readonly Control[] =>
  fields
    .map(field => `${below}${field}`)
    .filter(field => isFields(valueAt(spec, field)))
    .map(field => control(aspect, field, 'required', `spec.${field}`, `spec.${field}`));

function logged(spec: Fields, field: string): Control {
  const path = `spec.${field}`;
  return valueAt(spec, field) === true
    ? control('log', 'audit', 'required', path, path)
    : control('log', 'audit', 'none', path, `${path} is not true`);
}

/** An object that describes how the proxy signs in elsewhere, or how its callers do. */
function externalAuth(spec: Fields, reading: Reading, namespace: string): readonly Delegation[] {
  const name = valueAt(spec, 'externalAuthConfigRef.name');
  if (name !== undefined && typeof name !== 'string')
    reading.error('wrong-type', undefined, 'spec.externalAuthConfigRef.name is no text');
  if (typeof name !== 'string') return [];
  const to = { group: TOOLHIVE, kind: 'MCPExternalAuthConfig', namespace, name };
  return [{ by: 'externalAuthConfigRef', path: 'spec.externalAuthConfigRef', within: '', to }];
}

/** toolhive.stacklok.dev MCPServer and MCPRemoteProxy: without a way to sign in the proxy takes every request. Source: https://docs.stacklok.com/toolhive/reference/crd-spec/. */
export const readProxy = (
  spec: Fields,
  reading: Reading,
  { namespace }: { readonly namespace: string },
): FactParts => ({
  controls: [
    ...asked(spec, 'authentication', SIGN_IN),
    ...asked(spec, 'authorization', RULES),
    logged(spec, 'audit.enabled'),
  ],
  delegations: externalAuth(spec, reading, namespace),
});

/** toolhive.stacklok.dev MCPExternalAuthConfig: one type signs callers in, the others are for what lies behind. */
export const readExternalAuth = (spec: Fields): FactParts => ({
  controls:
    valueAt(spec, 'type') === 'embeddedAuthServer'
      ? [control('authentication', 'embeddedAuthServer', 'required', 'spec.embeddedAuthServer', 'spec.type')]
      : [],
});

/** toolhive.stacklok.dev VirtualMCPServer: `incomingAuth`. */
export const readVirtualServer = (spec: Fields): FactParts => {
  const type = valueAt(spec, 'incomingAuth.type');
  const path = 'spec.incomingAuth.type';
  const says = type === 'anonymous' ? `everybody passes (${path}: anonymous)` : `${path} is not judged`;
  const demand = type === 'oidc' ? 'required' : type === 'anonymous' ? 'optional' : 'unknown';
  const signIn = control('authentication', 'incomingAuth', demand, path, demand === 'required' ? path : says);
  return {
    controls: [
      ...(type === undefined && valueAt(spec, 'incomingAuth') === undefined ? [] : [signIn]),
      ...asked(spec, 'authorization', RULES, 'incomingAuth.'),
      logged(spec, 'config.audit.enabled'),
    ],
  };
};
