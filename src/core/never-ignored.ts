import type { NeverIgnored } from './gate/asked-exception.ts';
import { RULES } from './rules/index.ts';

/** Rules that nobody of a namespace sets aside: no annotation, and no GateException. */
export const NEVER_IGNORED: NeverIgnored = new Map(
  RULES.flatMap(({ id, judges, guardsMetadata }): readonly (readonly [string, string])[] => {
    if (judges !== 'server') return [[id, 'it judges changes']];
    return guardsMetadata ? [[id, 'it guards cloud metadata']] : [];
  }),
);
