import type { Decoder } from '../../../core/kube/decode.ts';
import { type Fields, own } from '../../../core/kube/reading.ts';
import type { KubeObject } from '../../../core/kube/types.ts';
import { compact } from './compact.ts';
import type { Interner } from './interning.ts';
import { liveObject, namesNothing } from './live-object.ts';
import type { Read } from './object-store.ts';

/** Phases of a Pod in which no container of it will ever run again (v1 PodPhase). Its addresses belong to others by then. */
const FINISHED: ReadonlySet<unknown> = new Set(['Succeeded', 'Failed']);

/** A Pod in which nothing will ever run again. */
export function isFinishedPod(raw: Fields): boolean {
  const status = own(raw, 'status');
  if (own(raw, 'kind') !== 'Pod' || typeof status !== 'object' || status === null) return false;
  return FINISHED.has(own(status as Fields, 'phase'));
}

/**
 * Reads one raw object for the cache. A finished Pod is nothing: it serves nobody, and no policy can open it.
 * Issues of a readable object are the judge's business; only what could not be read at all is `unreadable`.
 */
export function readKubeObject(raw: Fields, decode: Decoder, interner: Interner): Read<KubeObject> {
  if (isFinishedPod(raw)) return { kind: 'nothing' };
  const decoded = decode(raw);
  if (decoded.kind === 'object') {
    const object = liveObject(decoded);
    return object ? { kind: 'value', value: compact(object, raw, interner) } : { kind: 'nothing' };
  }
  if (namesNothing(decoded)) return { kind: 'nothing' };
  const reason =
    decoded.kind === 'other'
      ? `${decoded.apiVersion} ${decoded.objectKind} is not read`
      : decoded.issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return { kind: 'unreadable', reason };
}

/** spec.cidrs of a ServiceCIDR (networking.k8s.io). */
export function readServiceCidr(raw: Fields): Read<readonly string[]> {
  const spec = own(raw, 'spec');
  const cidrs = typeof spec === 'object' && spec !== null ? own(spec as Fields, 'cidrs') : undefined;
  if (Array.isArray(cidrs) && cidrs.every(cidr => typeof cidr === 'string')) return { kind: 'value', value: cidrs };
  return { kind: 'unreadable', reason: 'spec.cidrs is no list of texts' };
}
