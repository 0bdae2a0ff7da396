import type { World } from '../core/world/world.ts';

/** What is known of the cluster at this moment. */
export type WorldReading =
  | { readonly kind: 'ready'; readonly world: World }
  /** Nothing was heard for `ageMs`. The last known world answers only which mode a namespace has; nothing is judged by it. */
  | { readonly kind: 'stale'; readonly world: World; readonly ageMs: number }
  /** Not read once yet. */
  | { readonly kind: 'not-synced' };
