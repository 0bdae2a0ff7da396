import type { NotifyEvent } from './event.ts';

/** What an event says of how its server stands from then on; `undefined`: nothing. */
export function standingOf({ kind, resolves }: NotifyEvent): 'open' | 'over' | undefined {
  if (kind === 'opened') return 'open';
  return resolves === undefined ? undefined : 'over';
}

/**
 * What is left to be told of an event to who was told of a later one about the same server, which says the contrary. Of an opening nothing: it would be taken
 * for how the server stands now. An end ends what the later one has not begun.
 */
export function overtaken(event: NotifyEvent, later: NotifyEvent): NotifyEvent | undefined {
  const { resolves } = event;
  if (resolves === undefined) return undefined;
  const again = [...new Set([...(resolves.again ?? []), later.severity])];
  return { ...event, resolves: { ...resolves, again } };
}
