/** Reviews of one namespace in which something was found. */
export interface ReviewCounts {
  /** That were refused. */
  readonly refused: number;
  /** That were let through although enforcing would refuse them. */
  readonly tolerated: number;
}

/** The same, over all Pods of the webhook and their ends. Times in seconds since 1970. */
export interface ReviewHistory extends ReviewCounts {
  /** From when on they are counted. */
  readonly since: number;
  /** When the last ones were added. */
  readonly last: number;
}

/** What a Pod of the webhook has counted since it started, by namespace; `undefined`: it did not tell. */
export interface PodCounts {
  /** uid of the Pod. */
  readonly pod: string;
  readonly namespaces: ReadonlyMap<string, ReviewCounts> | undefined;
}

/** What each Pod had counted when it was last asked, by its uid. */
export type PodReadings = ReadonlyMap<string, ReadonlyMap<string, ReviewCounts>>;

/** What is there, for Pods that did not tell what they had told before. Pods that are gone are forgotten. */
export const readingsAfter = (before: PodReadings, pods: readonly PodCounts[]): PodReadings =>
  new Map(
    pods.flatMap(({ pod, namespaces = before.get(pod) }) => (namespaces === undefined ? [] : [[pod, namespaces]])),
  );

const NONE: ReviewCounts = { refused: 0, tolerated: 0 };

/** A counter that is lower than it was began anew. */
const risen = (before: number, now: number): number => (now >= before ? now - before : now);

/**
 * What has been counted since the last reading. `before`: `undefined` at the first one, when nobody knows what was added to the history already: nothing is.
 * A Pod that was not there then is new, and all that it has counted is added.
 */
export function addedReviews(
  before: PodReadings | undefined,
  pods: readonly PodCounts[],
): ReadonlyMap<string, ReviewCounts> {
  const added = new Map<string, ReviewCounts>();
  if (before === undefined) return added;
  for (const { pod, namespaces = new Map<string, ReviewCounts>() } of pods)
    for (const [name, now] of namespaces) {
      const { refused, tolerated } = before.get(pod)?.get(name) ?? NONE;
      const sum = added.get(name) ?? NONE;
      added.set(name, {
        refused: sum.refused + risen(refused, now.refused),
        tolerated: sum.tolerated + risen(tolerated, now.tolerated),
      });
    }
  return new Map([...added].filter(([, { refused, tolerated }]) => refused + tolerated > 0));
}

/** The counts of a namespace with what was added. */
export const withReviews = (known: ReviewHistory | undefined, added: ReviewCounts, now: number): ReviewHistory => ({
  refused: (known?.refused ?? 0) + added.refused,
  tolerated: (known?.tolerated ?? 0) + added.tolerated,
  since: Math.min(known?.since ?? now, now),
  last: now,
});
