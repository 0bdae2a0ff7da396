import { readTargets, SPEC } from './decode-targets.ts';
import { type Control, control, type FactParts, type Merge } from './gateway-fact.ts';
import { type At, at, type Fields, isFields, own, pathText, type Reading } from './reading.ts';

/** Named rules of an AuthPolicy that are objects, each with its path. */
function namedRules(
  rules: Fields,
  field: string,
  up: At,
  reading: Reading,
): readonly (readonly [string, Fields, string])[] {
  const held = reading.object(rules, field, up) ?? {};
  return Object.keys(held).flatMap(name => {
    const value = own(held, name);
    return isFields(value) ? [[name, value, pathText(at(at(up, field), name))] as const] : [];
  });
}

const conditional = (path: string): string => `${path}.when says for which requests it counts: that is not judged`;
const hasConditions = (rule: Fields): boolean => own(rule, 'when') !== undefined;

/** One of the ways to sign in, of which one suffices. */
function wayIn(name: string, rule: Fields, path: string): Control {
  const by = `authentication ${name}`;
  const joined = { joined: 'any' } as const;
  if (hasConditions(rule)) return control('authentication', by, 'unknown', `${path}.when`, conditional(path), joined);
  if (own(rule, 'anonymous') === undefined) return control('authentication', by, 'required', path, path, joined);
  const says = `everybody passes as nobody in particular (${path}.anonymous)`;
  return control('authentication', by, 'optional', `${path}.anonymous`, says, joined);
}

/** A rule of who may. */
function ruleOf(name: string, rule: Fields, path: string): Control {
  const by = `authorization ${name}`;
  return hasConditions(rule)
    ? control('authorization', by, 'unknown', `${path}.when`, conditional(path))
    : control('authorization', by, 'required', path, path);
}

function ruleControls(proper: Fields, place: At, reading: Reading): readonly Control[] {
  const rules = reading.object(proper, 'rules', place) ?? {};
  const up = at(place, 'rules');
  const controls = [
    ...namedRules(rules, 'authentication', up, reading).map(([name, rule, path]) => wayIn(name, rule, path)),
    ...namedRules(rules, 'authorization', up, reading).map(([name, rule, path]) => ruleOf(name, rule, path)),
  ];
  const when = pathText(at(place, 'when'));
  const isConditional = reading.list(proper, 'when', place).length > 0;
  const says = `${when} says for which requests the policy counts: that is not judged`;
  return isConditional
    ? controls.map(one => (one.demand === 'required' ? { ...one, demand: 'unknown', path: when, says } : one))
    : controls;
}

const MERGES: Readonly<Record<'defaults' | 'overrides', readonly [atomic: Merge, merged: Merge]>> = {
  defaults: ['atomic-defaults', 'merged-defaults'],
  overrides: ['atomic-overrides', 'merged-overrides'],
};

/** kuadrant.io AuthPolicy: its rules stand in `defaults`, in `overrides` or in the spec itself, which is as in `defaults`. Source: https://docs.kuadrant.io/latest/kuadrant-operator/doc/reference/authpolicy/. */
export const readAuthPolicy = (spec: Fields, reading: Reading): FactParts => {
  const targets = readTargets(spec, reading);
  const field = own(spec, 'overrides') === undefined ? 'defaults' : 'overrides';
  const held = reading.object(spec, field, SPEC);
  if (held === undefined) return { targets, controls: ruleControls(spec, SPEC, reading), merge: 'atomic-defaults' };
  const [atomic, merged] = MERGES[field];
  const isMerged = reading.string(held, 'strategy', at(SPEC, field)) === 'merge';
  return { targets, controls: ruleControls(held, at(SPEC, field), reading), merge: isMerged ? merged : atomic };
};

/** mcp.kuadrant.io MCPGatewayExtension: its metadata tells clients where to sign in, and asks nobody whether he has. */
export const readMcpGatewayExtension = (spec: Fields, reading: Reading): FactParts => {
  const path = 'spec.oauthProtectedResource';
  const isAnnounced = reading.object(spec, 'oauthProtectedResource', SPEC) !== undefined;
  const says = `${path} only tells callers where to sign in: an AuthPolicy must ask them whether they have`;
  return {
    targets: readTargets(spec, reading),
    controls: isAnnounced ? [control('authentication', 'oauthProtectedResource', 'optional', path, says)] : [],
  };
};
