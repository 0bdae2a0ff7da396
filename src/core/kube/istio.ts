import { readTargets, SPEC } from './decode-targets.ts';
import { type Control, control, type FactParts } from './gateway-fact.ts';
import { EXTERNAL, partAt } from './gateway-methods.ts';
import { EXTENSION_PROVIDER } from './gateway-settings.ts';
import { type At, type Fields, own, pathText, type Reading, valueAt } from './reading.ts';
import { selectorOf } from './selector.ts';
import type { Meta, Selector } from './types.ts';

/** Where a policy without a selector is for the whole mesh. A mesh may have another one, in a ConfigMap that is not read. */
const ROOT_NAMESPACE = 'istio-system';

/** Fields of a source that a token or a certificate of the caller must bear out: not his address. */
const IDENTITY = ['principals', 'requestPrincipals', 'serviceAccounts', 'namespaces', 'trustDomains'] as const;
/** Attributes of a condition that are such. */
const IDENTITY_KEY = /^(request\.auth\.|source\.(principal|namespace|serviceAccount)$)/;

/** Whom the policy is for: pods by their labels, gateways by name, or all of its namespace. */
function reached(spec: Fields, reading: Reading, { namespace }: Meta): FactParts {
  const targets = readTargets(spec, reading);
  const [selector, place] = partAt(spec, SPEC, ['selector'], reading);
  const labels = reading.labels(selector, 'matchLabels', place);
  const selects: Selector | undefined = targets.length > 0 ? undefined : selectorOf(labels);
  return { targets, selects, isWide: labels.size > 0 || namespace === ROOT_NAMESPACE };
}

const has = (fields: Fields, key: string): boolean => {
  const list = own(fields, key);
  return Array.isArray(list) && list.length > 0;
};

/** Who a rule is about: the callers that it names, or also others. */
function namesCallers(rule: Fields, place: At, reading: Reading): boolean {
  const sources = reading.objects(rule, 'from', place).map(([from, up]) => reading.object(from, 'source', up) ?? {});
  const byCondition = reading
    .objects(rule, 'when', place)
    .some(([condition]) => IDENTITY_KEY.test(String(own(condition, 'key') ?? '')) && has(condition, 'values'));
  return byCondition || (sources.length > 0 && sources.every(source => IDENTITY.some(key => has(source, key))));
}

/** The rule denies whoever does not say who he is. */
function refusesStrangers(rule: Fields, place: At, reading: Reading): boolean {
  const sources = reading.objects(rule, 'from', place).map(([from, up]) => reading.object(from, 'source', up) ?? {});
  return sources.some(source =>
    ['notRequestPrincipals', 'notPrincipals'].some(key => {
      const list = own(source, key);
      return Array.isArray(list) && list.includes('*') && Object.keys(source).length === 1;
    }),
  );
}

const isLimited = (rule: Fields): boolean => has(rule, 'to') || has(rule, 'when');

const LIMITED = 'counts for some requests alone (`to`, `when`): that is not judged';

/** ALLOW: a request passes that some rule of some policy matches, so that the weakest of them counts. */
function allowControls(rules: readonly (readonly [Fields, At])[], reading: Reading): readonly Control[] {
  const joined = { joined: 'any' } as const;
  const open = rules.filter(([rule, place]) => !namesCallers(rule, place, reading));
  const asked = control('authorization', 'ALLOW', 'required', 'spec.rules', 'spec.rules', joined);
  if (open.length === 0)
    return [asked, control('authentication', 'ALLOW', 'required', 'spec.rules', 'spec.rules', joined)];
  const controls = open.map(([rule, place]) => {
    const path = pathText(place);
    return isLimited(rule)
      ? control(
          'authentication',
          'ALLOW',
          'unknown',
          path,
          `${path} lets callers in that it does not name, and ${LIMITED}`,
          joined,
        )
      : control('authentication', 'ALLOW', 'optional', path, `${path} lets callers in that it does not name`, joined);
  });
  const isEverybody = open.some(([rule]) => !isLimited(rule) && !has(rule, 'from'));
  const [first] = controls;
  const anybody = control('authorization', 'ALLOW', 'none', first?.path ?? 'spec.rules', first?.says ?? '', joined);
  return [...(isEverybody ? [anybody] : [asked]), ...controls];
}

function denyControls(rules: readonly (readonly [Fields, At])[], reading: Reading): readonly Control[] {
  return rules.flatMap(([rule, place]) => {
    if (!refusesStrangers(rule, place, reading)) return [];
    const path = pathText(place);
    return isLimited(rule)
      ? control('authentication', 'DENY', 'unknown', path, `${path} refuses callers without a name, and ${LIMITED}`)
      : control('authentication', 'DENY', 'required', path, path);
  });
}

/** CUSTOM: an external service, which the configuration of the mesh describes under the name that the policy gives. */
function custom(rules: readonly (readonly [Fields, At])[], spec: Fields): Pick<FactParts, 'controls' | 'delegations'> {
  const [limited, whole] = [true, false].map(isOne =>
    rules.filter(([rule]) => (isLimited(rule) || has(rule, 'from')) === isOne),
  );
  const controls = (limited ?? []).flatMap(([, place]) => {
    const path = pathText(place);
    const says = `${path} asks an external service, and ${LIMITED}`;
    return EXTERNAL.map(aspect => control(aspect, 'CUSTOM', 'unknown', path, says));
  });
  const name = String(valueAt(spec, 'provider.name') ?? '');
  const to = { ...EXTENSION_PROVIDER, namespace: '', name };
  const isAsked = (whole ?? []).length > 0;
  return { controls, delegations: isAsked ? [{ by: 'CUSTOM', path: 'spec.provider', within: '', to }] : [] };
}

/** With `"true"` the policy is only tried out: what it would do is logged. */
const DRY_RUN = 'istio.io/dry-run';

/** security.istio.io AuthorizationPolicy. Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/. */
export const readAuthorizationPolicy = (spec: Fields, reading: Reading, meta: Meta): FactParts => {
  const rules = reading.objects(spec, 'rules', SPEC);
  const action = reading.string(spec, 'action', SPEC) ?? 'ALLOW';
  const said = (): Pick<FactParts, 'controls' | 'delegations'> => {
    if (meta.annotations.get(DRY_RUN) === 'true') return {};
    if (action === 'ALLOW') return { controls: allowControls(rules, reading) };
    if (action === 'DENY') return { controls: denyControls(rules, reading) };
    return action === 'CUSTOM' ? custom(rules, spec) : {};
  };
  return { ...reached(spec, reading, meta), ...said() };
};

/** security.istio.io RequestAuthentication: a token that is there must be right; none need be there. Source: https://istio.io/latest/docs/reference/config/security/request_authentication/. */
export const readRequestAuthentication = (spec: Fields, reading: Reading, meta: Meta): FactParts => {
  const says =
    'a RequestAuthentication alone lets requests without a token pass: an AuthorizationPolicy must ask for requestPrincipals';
  return {
    ...reached(spec, reading, meta),
    controls:
      reading.list(spec, 'jwtRules', SPEC).length > 0
        ? [control('authentication', 'jwtRules', 'optional', 'spec.jwtRules', says)]
        : [],
  };
};

function logOf(log: Fields, place: At, reading: Reading): readonly Control[] {
  const path = pathText(place);
  const one = (demand: Control['demand'], at_: string, says: string) => [
    control('log', 'accessLogging', demand, at_, says),
  ];
  // To a gateway, all of its traffic is that of a client.
  if (valueAt(log, 'match.mode') === 'SERVER') return [];
  if (own(log, 'disabled') === true) return one('none', `${path}.disabled`, `${path}.disabled turns it off`);
  if (own(log, 'filter') !== undefined)
    return one('unknown', `${path}.filter`, `only requests that match ${path}.filter are logged`);
  return reading.list(log, 'providers', place).length > 0
    ? one('required', path, path)
    : one(
        'unknown',
        path,
        `${path} names no provider: whether there is one by default, the configuration of the mesh says`,
      );
}

/** telemetry.istio.io Telemetry: `accessLogging`, each with its own match. The nearest that says anything counts. Source: https://istio.io/latest/docs/reference/config/telemetry/. */
export const readTelemetry = (spec: Fields, reading: Reading, meta: Meta): FactParts => {
  const logs = reading.objects(spec, 'accessLogging', SPEC);
  const controls = logs.flatMap(([log, place]) => logOf(log, place, reading));
  return { ...reached(spec, reading, meta), controls, merge: 'fields' };
};

/** `servers[].tls.mode` of an Istio Gateway: a certificate of the caller. */
function serverControls(spec: Fields, reading: Reading): readonly Control[] {
  return reading.objects(spec, 'servers', SPEC).map(([server, up]) => {
    const [tls, place] = partAt(server, up, ['tls'], reading);
    const mode = own(tls, 'mode');
    const path = `${pathText(place)}.mode`;
    if (mode === 'MUTUAL' || mode === 'ISTIO_MUTUAL')
      return control('authentication', 'tls', 'required', path, path, { joined: 'any' });
    const says = `${path} asks no caller for a certificate`;
    return control('authentication', 'tls', 'none', path, says, { joined: 'any' });
  });
}

/** networking.istio.io Gateway: the pods that it selects, in any namespace. Without a certificate of the caller at every server it asks for nothing itself. */
export const readIstioGateway = (spec: Fields, reading: Reading): FactParts => {
  const controls = serverControls(spec, reading);
  const isMutual = controls.length > 0 && controls.every(({ demand }) => demand === 'required');
  return { selects: selectorOf(reading.labels(spec, 'selector', SPEC)), controls: isMutual ? controls : [] };
};
