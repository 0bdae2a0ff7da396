import type { Fix, Found } from './decision.ts';
import { refText } from './explain.ts';
import type { GatePolicy, Grant, WritingPolicy } from './gate/types.ts';
import { MCP_SERVER_KINDS } from './kube/mcp-operators.ts';
import { selectorOf } from './kube/selector.ts';
import type { ExpectedFrom, Labels, NetworkPolicy, ObjectRef, Service, Workload } from './kube/types.ts';
import { toldKind } from './kube/workload-kinds.ts';
import type { NamespaceContent } from './world/world.ts';

/** What an object that others write is made from: it is changed there, and nowhere else. */
function madeFrom({ expectedFrom, meta }: NetworkPolicy | Service): ExpectedFrom | undefined {
  const claim = meta.owners.find(({ controller }) => controller);
  if (expectedFrom !== undefined || claim === undefined) return expectedFrom;
  const group = claim.apiVersion.slice(0, Math.max(0, claim.apiVersion.indexOf('/')));
  const row = MCP_SERVER_KINDS.find(known => known.group === group && known.kind === claim.kind);
  const owner = { kind: toldKind(group, claim.kind), namespace: meta.namespace, name: claim.name };
  return { owner, fields: row?.policy?.fields ?? [] };
}

function objectOf({ kind, name }: ObjectRef, content: NamespaceContent): NetworkPolicy | Service | undefined {
  if (kind === 'NetworkPolicy') return content.policies.get(`${kind}/${name}`);
  return kind === 'Service' ? content.services.get(`${kind}/${name}`) : undefined;
}

/** The field of the owner that a field of the object is made from, as far as it is told apart; `undefined` where that is not known. */
function ownerField(path: string, { fields }: ExpectedFrom): string | undefined {
  const [prefix, field] = fields.find(([beginning]) => path.startsWith(beginning)) ?? [];
  if (prefix === undefined || field === undefined) return undefined;
  return prefix.includes('[') ? `${field}${path.slice(prefix.length)}` : field;
}

/** The peers of a rule are a field of their own there. */
const OWN_LIST = /^give \S+ a `(?:from|to)`:? (?:that names )?/;

function fixAtOwner({ path, fix, object }: Found, made: ExpectedFrom, field: string | undefined): Fix {
  const owner = refText(made.owner);
  if (field === undefined)
    return { summary: `change it through ${owner}, which writes ${refText(object)}: ${fix.summary}` };
  const summary = path === '' ? fix.summary : fix.summary.replaceAll(path, field);
  return {
    summary: `set ${field} of ${owner} (its operator writes the ${object.kind}): ${summary.replace(OWN_LIST, '')}`,
  };
}

/** What is wrong with the server itself and is mended by the policy that its operator writes: the field that it is made from. */
function fixAtServer(finding: Found, subject: ObjectRef, { operator }: Workload): Found {
  const { rule, fix } = finding;
  const direction = rule === 'gateway-locked-out' || rule === 'ingress-not-isolated' ? 'ingress' : 'egress';
  const field = operator?.policyFields?.[direction];
  const isAbout = rule === 'gateway-locked-out' || rule.endsWith('-not-isolated');
  if (field === undefined || !isAbout) return finding;
  return { ...finding, path: field, fix: { summary: `set ${field} of ${refText(subject)}: ${fix.summary}` } };
}

/**
 * A finding whose fix names what a person can change: never an object that an operator writes and would write again, but the field of the resource that
 * it is made from. An object that is not there yet is told as that resource.
 */
export function toldToWriter(finding: Found, object: NetworkPolicy | Service): Found {
  const made = madeFrom(object);
  if (made === undefined) return finding;
  const field = ownerField(finding.path, made);
  const fixed = { ...finding, fix: fixAtOwner(finding, made, field) };
  return object.expectedFrom === undefined ? fixed : { ...fixed, object: made.owner, path: field ?? finding.path };
}

/** As {@link toldToWriter}, of what is wrong with a server beside its policies. `subject`: as the server is named. */
export function toldToOwner(finding: Found, subject: ObjectRef, server: Workload, content: NamespaceContent): Found {
  const object = objectOf(finding.object, content);
  return object === undefined ? fixAtServer(finding, subject, server) : toldToWriter(finding, object);
}

function companion(labels: Labels, name: string): Grant {
  const peer = { kind: 'pods' as const, path: '', namespaces: 'own' as const, pods: selectorOf(labels) };
  return { name, reason: 'pods of the same operator', servesNamespaces: [], peers: [peer], ports: { kind: 'any' } };
}

/**
 * The configuration for one workload: pods that its operator puts before it in the same namespace are its gateway, and it may go to those that the
 * operator puts behind it.
 */
export function policyFor<P extends GatePolicy | WritingPolicy>({ operator }: Workload, policy: P): P {
  const { reachedFrom, reaches, name = '' } = operator ?? {};
  if (reachedFrom === undefined && reaches === undefined) return policy;
  return {
    ...policy,
    ...(reachedFrom && { gateways: { kind: 'configured' as const, grants: [companion(reachedFrom, name)] } }),
    allowedDestinations: [...policy.allowedDestinations, ...(reaches ? [companion(reaches, name)] : [])],
  };
}
