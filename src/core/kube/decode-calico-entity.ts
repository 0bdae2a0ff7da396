import type { CalicoEntity } from './calico.ts';
import {
  allOf,
  type Expression,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  prefixed,
  requirement,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from './calico-expression.ts';
import { netsOf } from './decode-calico-nets.ts';
import type { CidrReader } from './decode-peers.ts';
import { parseExpression } from './parse-calico-expression.ts';
import { type At, at, type Fields, own, pathText, type Reading } from './reading.ts';

/** Fields of an end of a rule; `domains` is of Calico Enterprise. */
const ENTITY_FIELDS = new Set([
  ...['nets', 'notNets', 'selector', 'notSelector', 'namespaceSelector', 'serviceAccounts', 'services'],
  ...['ports', 'notPorts', 'domains'],
]);
const ACCOUNT_FIELDS = new Set(['names', 'selector']);
/** What cannot stand beside `services`. */
const NOT_BESIDE_SERVICES = ['selector', 'notSelector', 'namespaceSelector', 'nets', 'notNets', 'serviceAccounts'];

const saysGlobal = (expression: Expression): boolean => {
  if (expression.kind === 'global') return true;
  if (expression.kind === 'not') return saysGlobal(expression.part);
  return 'parts' in expression && expression.parts.some(saysGlobal);
};

/** A selector; `undefined` where it is absent or empty, which means the same, and where it cannot be read. */
export function expressionAt(fields: Fields, key: string, up: At, reading: Reading): Expression | undefined {
  const text = reading.string(fields, key, up);
  if (text === undefined || text === '') return undefined;
  const expression = parseExpression(text);
  if ('problem' in expression) {
    const { problem, position } = expression;
    const where = `at character ${position + 1}`;
    return reading.error('invalid-selector', at(up, key), `no selector, ${where}: ${problem}: Calico refuses it`);
  }
  const mayBeGlobal = key === 'namespaceSelector' && expression.kind === 'global';
  if (saysGlobal(expression) && !mayBeGlobal) {
    const rule = 'global() is for the namespaceSelector of a rule, alone: Calico refuses it';
    return reading.error('invalid-selector', at(up, key), rule);
  }
  return expression;
}

const IN_A_NAMESPACE = requirement(NAMESPACE_LABEL, 'Exists');

/** `namespaceSelector` by the labels that pods and sets of networks bear of their namespace. `all()` is everything in a namespace. */
function namespacesOf(entity: Fields, namespace: string, place: At, reading: Reading): Expression | undefined {
  const written = expressionAt(entity, 'namespaceSelector', place, reading);
  if (written !== undefined) return prefixed(written, NAMESPACE_PREFIX, IN_A_NAMESPACE);
  return namespace === '' ? undefined : requirement(NAMESPACE_LABEL, 'In', [namespace]);
}

/** `serviceAccounts`: names and a selector, of which both must hold. */
function accountsOf(entity: Fields, place: At, reading: Reading): readonly Expression[] {
  const accounts = reading.object(entity, 'serviceAccounts', place);
  if (accounts === undefined) return [];
  const up = at(place, 'serviceAccounts');
  reading.knownFields(accounts, ACCOUNT_FIELDS, up);
  const names = reading.strings(accounts, 'names', up);
  const selector = expressionAt(accounts, 'selector', up, reading);
  return [
    ...(names.length === 0 ? [] : [requirement(SERVICE_ACCOUNT_LABEL, 'In', names)]),
    ...(selector === undefined ? [] : [prefixed(selector, SERVICE_ACCOUNT_PREFIX)]),
  ];
}

/**
 * One expression for all selectors of an end. A policy of a namespace means its own as soon as any selector is given, `notSelector` too; without any it
 * means everybody.
 */
function selectorOf(entity: Fields, namespace: string, place: At, reading: Reading): Expression | undefined {
  const selector = expressionAt(entity, 'selector', place, reading);
  const parts = [...accountsOf(entity, place, reading), ...(selector === undefined ? [] : [selector])];
  const namespaces = namespacesOf(entity, namespace, place, reading);
  const isGiven = (key: string): boolean => (own(entity, key) ?? '') !== '';
  const isLimited = parts.length > 0 || isGiven('notSelector') || isGiven('namespaceSelector');
  if (namespaces !== undefined && isLimited) return allOf([namespaces, ...parts]);
  return parts.length === 0 ? undefined : allOf(parts);
}

function checkServices(entity: Fields, place: At, reading: Reading): void {
  if (own(entity, 'services') === undefined) return;
  const beside = NOT_BESIDE_SERVICES.find(key => own(entity, key) !== undefined);
  if (beside !== undefined)
    reading.error('invalid-rule', at(place, beside), `${beside} cannot stand beside services: Calico refuses the rule`);
}

/** One end of a rule. `namespace`: of the policy; empty: it is global. */
export function decodeCalicoEntity(
  entity: Fields,
  namespace: string,
  ipVersion: number | undefined,
  place: At,
  reading: Reading,
  readCidr: CidrReader,
): CalicoEntity {
  reading.knownFields(entity, ENTITY_FIELDS, place);
  checkServices(entity, place, reading);
  const nets = netsOf(entity, ipVersion, place, reading, readCidr);
  const selector = selectorOf(entity, namespace, place, reading);
  const notSelector = expressionAt(entity, 'notSelector', place, reading);
  const domains = reading.strings(entity, 'domains', place);
  return {
    path: pathText(place),
    ...(nets && { nets }),
    ...(selector && { selector }),
    ...(notSelector && { notSelector }),
    ...(domains.length > 0 && { domains }),
  };
}
