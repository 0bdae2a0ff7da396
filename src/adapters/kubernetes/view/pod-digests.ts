import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';

/** Digests of the images that run in Pods. */
export interface PodDigests {
  /** Takes what an object tells; of anything but a Pod, nothing. */
  add(raw: Fields): void;
  /** By the name of the container; `undefined`: the Pod tells none. */
  of(namespace: string, pod: string): ReadonlyMap<string, string> | undefined;
}

/** `containerStatuses[].imageID`: of a runtime that pulled it, the repository and the digest of its manifest. The hash of an image alone is another number. */
const DIGEST = /@(sha256:[0-9a-f]{64})$/;

const statusesOf = (raw: Fields): readonly Fields[] =>
  ['containerStatuses', 'initContainerStatuses'].flatMap(key => {
    const value = own(fieldsAt(raw, 'status'), key);
    return Array.isArray(value) ? value.filter(isFields) : [];
  });

/** Begins without any. Equal digests are kept once. */
export function createPodDigests(): PodDigests {
  const byPod = new Map<string, ReadonlyMap<string, string>>();
  const kept = new Map<string, string>();
  const keptOnce = (text: string): string => {
    const known = kept.get(text) ?? text;
    kept.set(known, known);
    return known;
  };
  return {
    add: raw => {
      if (own(raw, 'kind') !== 'Pod') return;
      const metadata = fieldsAt(raw, 'metadata');
      const digests = statusesOf(raw).flatMap(status => {
        const digest = DIGEST.exec(String(own(status, 'imageID') ?? ''))?.[1];
        const container = own(status, 'name');
        return digest === undefined || typeof container !== 'string' ? [] : [[container, keptOnce(digest)] as const];
      });
      if (digests.length > 0) byPod.set(`${own(metadata, 'namespace')}/${own(metadata, 'name')}`, new Map(digests));
    },
    of: (namespace, pod) => byPod.get(`${namespace}/${pod}`),
  };
}
