import type { Decision, Edit } from '../../core/decision.ts';
import { parsePath } from '../../core/field-path.ts';
import type { Decoder } from '../../core/kube/decode.ts';
import { policyManifest } from '../../core/kube/syntax.ts';
import type { KubeObject, NetworkPolicy, ObjectRef } from '../../core/kube/types.ts';
import { overlay } from '../../core/world/overlay.ts';
import type { World } from '../../core/world/world.ts';
import { editKey } from '../report/finding-edits.ts';
import type { GeneratedPolicy } from '../report/generate.ts';

/** The world as it would be once the fixes of one server were made. */

type Data = { [key: string]: unknown } | unknown[];

function at(data: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined,
    data,
  );
}

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null;

/** Makes an edit in plain data; what is not there stays so. */
function applyEdit(data: unknown, edit: Edit): void {
  const path = parsePath(edit.path) ?? [];
  if (edit.kind === 'add-pod-selector') {
    const peer = at(data, path);
    if (isData(peer)) Object.assign(peer, { podSelector: edit.podSelector });
    return;
  }
  const holder = at(data, path.slice(0, -1));
  const known = at(data, path);
  const excepts = Array.isArray(known) ? known : [];
  if (isData(holder)) Object.assign(holder, { except: [...new Set([...excepts, ...edit.blocks])] });
}

function decoded(manifest: object, decode: Decoder): KubeObject | undefined {
  const read = decode({ ...manifest });
  return read.kind === 'object' ? read.object : undefined;
}

const policyIn = (world: World, { namespace, name }: ObjectRef): NetworkPolicy | undefined =>
  world.namespace(namespace).policies.get(`NetworkPolicy/${name}`);

function withEdits(world: World, policy: ObjectRef, edits: readonly Edit[], decode: Decoder): World {
  const before = policyIn(world, policy);
  // Of a policy that was not read as a whole, the paths in what was read are not those of the object.
  if (before === undefined || before.incomplete) return world;
  const manifest: object = JSON.parse(JSON.stringify(policyManifest(before)));
  for (const edit of edits) applyEdit(manifest, edit);
  const after = decoded(manifest, decode);
  return after === undefined ? world : overlay(world, { before, after });
}

function withPolicy(world: World, { manifest, subject }: GeneratedPolicy, decode: Decoder): World {
  const { namespace } = subject;
  const after = decoded({ ...manifest, metadata: { ...manifest.metadata, namespace } }, decode);
  if (after === undefined) return world;
  const before = policyIn(world, { kind: 'NetworkPolicy', namespace, name: manifest.metadata.name });
  return overlay(world, { ...(before && { before }), after });
}

/** The edits that findings of a decision ask for, each once. */
export function editsOf({ findings }: Decision): readonly Edit[] {
  const edits = findings.flatMap(({ fix }) => fix.edit ?? []);
  return [...new Map(edits.map(edit => [editKey(edit), edit])).values()];
}

/** `undefined`: there is nothing that a machine can change. */
export function mendedWorld(
  world: World,
  decision: Decision,
  generated: readonly GeneratedPolicy[],
  decode: Decoder,
): World | undefined {
  const edits = editsOf(decision);
  if (edits.length + generated.length === 0) return undefined;
  const byPolicy = Map.groupBy(edits, ({ policy }) => JSON.stringify([policy.namespace, policy.name]));
  let mended = world;
  for (const some of byPolicy.values()) {
    const [first] = some;
    if (first !== undefined) mended = withEdits(mended, first.policy, some, decode);
  }
  return generated.reduce((next, policy) => withPolicy(next, policy, decode), mended);
}
