import type { GatePolicy } from '../../core/gate/types.ts';
import { type Fields, fieldsAt, own } from '../../core/kube/reading.ts';
import { NAMESPACE_NAME_LABEL } from '../../core/kube/well-known-labels.ts';
import { type GrantList, hostOf, PEERS_FIELD, peerProblem } from './grantable.ts';
import {
  type Asked,
  type FindText,
  type OperatorKind,
  type OperatorObject,
  operatorKindOf,
  operatorObject,
} from './read-operators.ts';

/** An entry of a GatePolicy that grants what an operator's object asks for, for somebody to review. */
interface TakenGrant {
  readonly list: GrantList;
  readonly entry: Fields;
  /** Where it comes from: `MCPServer tools/github, spec.permissionProfile`. */
  readonly source: string;
}

/** What an object asks for, and nothing grants. */
export interface LeftOut {
  readonly source: string;
  readonly what: string;
  /** The end of a sentence about it. */
  readonly why: string;
}

/** What the objects of operators ask for, in their order. */
export interface TakenOver {
  readonly grants: readonly TakenGrant[];
  readonly leftOut: readonly LeftOut[];
}

/** What is granted of one field, for the same ports. */
interface Part {
  readonly list: GrantList;
  readonly ports: readonly object[];
  readonly domains: readonly string[];
  readonly peers: readonly Fields[];
}

const partOf = (list: GrantList, ports: readonly object[], what: Partial<Part>): Part => ({
  ...{ list, ports, domains: [], peers: [] },
  ...what,
});

/** What is granted of one thing that is asked for, or why nothing is. */
function grantedOf(asked: Asked, policy: GatePolicy): Part | Omit<LeftOut, 'source'> {
  if (asked.kind === 'unlisted') return asked;
  const { ports } = asked;
  if (asked.kind === 'peer') {
    const { list, peer } = asked;
    const why = peerProblem(list, peer, policy);
    return why === undefined ? partOf(list, ports, { peers: [peer] }) : { what: JSON.stringify(peer), why };
  }
  const host = hostOf(asked.host, policy);
  if (host.kind === 'refused') return { what: `"${asked.host}"`, why: host.why };
  const what = host.kind === 'domains' ? { domains: host.domains } : { peers: [{ ipBlock: { cidr: host.cidr } }] };
  return partOf('allowedDestinations', ports, what);
}

/** Parts of one list and of the same ports as one; names and peers do not stand in one entry. */
function merged(parts: readonly Part[]): readonly Part[] {
  const keyOf = ({ list, ports, domains }: Part): string => JSON.stringify([list, ports, domains.length > 0]);
  return [...Map.groupBy(parts, keyOf).values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const domains = [...new Set(group.flatMap(part => part.domains))];
    return [{ ...first, domains, peers: group.flatMap(part => part.peers) }];
  });
}

/** A name that no other entry of its list has. */
function nameFor(base: string, list: GrantList, taken: Set<string>): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? base : `${base}-${count}`;
    if (taken.has(`${list} ${name}`)) continue;
    taken.add(`${list} ${name}`);
    return name;
  }
}

function entryOf(
  { list, ports, domains, peers }: Part,
  name: string,
  { kind, namespace, name: server }: OperatorObject,
) {
  return {
    name,
    reason: `${kind} ${namespace}/${server} asks for it`,
    servesNamespaces: { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } },
    ...(domains.length > 0 ? { domains } : { [PEERS_FIELD[list]]: peers }),
    ...(ports.length > 0 && { ports }),
  };
}

const isConfigMap = (object: Fields): boolean =>
  own(object, 'apiVersion') === 'v1' && own(object, 'kind') === 'ConfigMap';

/** Whether an object is read at all; the others need not be kept. */
export const bearsOn = (object: Fields): boolean => isConfigMap(object) || operatorKindOf(object) !== undefined;

/** Texts of the ConfigMaps among the objects. */
function findTextIn(objects: readonly Fields[], namespace: string): FindText {
  const texts = new Map<string, Fields>();
  for (const object of objects) {
    if (!isConfigMap(object)) continue;
    const { namespace: of, name } = operatorObject(object, namespace);
    texts.set(`${of}/${name}`, fieldsAt(object, 'data'));
  }
  return (of, name, key) => {
    const data = texts.get(`${of}/${name}`);
    const text = data && own(data, key);
    return typeof text === 'string' ? text : undefined;
  };
}

/** Collects what objects ask for. */
interface Taking {
  readonly policy: GatePolicy;
  readonly find: FindText;
  readonly names: Set<string>;
  readonly grants: TakenGrant[];
  readonly leftOut: LeftOut[];
}

function take({ called, read }: OperatorKind, object: OperatorObject, taking: Taking): void {
  const { policy, find, names, grants, leftOut } = taking;
  const { kind, namespace, name } = object;
  for (const { field, asks } of read(object, find)) {
    const source = `${kind} ${namespace}/${name}, ${field}`;
    const answers = asks.map(asked => grantedOf(asked, policy));
    leftOut.push(...answers.flatMap(one => ('why' in one ? [{ source, what: one.what, why: one.why }] : [])));
    for (const part of merged(answers.flatMap(one => ('why' in one ? [] : [one])))) {
      const entry = entryOf(part, nameFor(`${called}-${namespace}-${name}`, part.list, names), object);
      grants.push({ list: part.list, entry, source });
    }
  }
}

/**
 * Entries of a GatePolicy that grant what resources of MCP operators ask for among the objects, each for the namespace of its resource; and what of it is not
 * granted, because a GatePolicy refuses it or it leads inside. Of one resource in several documents the first counts. `namespace`: of objects that name none.
 */
export function takeOver(objects: readonly Fields[], policy: GatePolicy, namespace: string): TakenOver {
  const find = findTextIn(objects, namespace);
  const taking: Taking = { policy, find, names: new Set(), grants: [], leftOut: [] };
  const seen = new Set<string>();
  for (const value of objects) {
    const row = operatorKindOf(value);
    if (row === undefined) continue;
    const object = operatorObject(value, namespace);
    const key = `${row.group} ${object.kind} ${object.namespace}/${object.name}`;
    if (!seen.has(key)) take(row, object, taking);
    seen.add(key);
  }
  return taking;
}
