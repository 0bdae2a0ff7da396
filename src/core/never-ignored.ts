import type { NeverIgnored } from './gate/ignore-annotation.ts';
import { RULES } from './rules/index.ts';

/** Rules that no annotation of an object sets aside. */
export const NEVER_IGNORED: NeverIgnored = new Map(
  RULES.flatMap(({ id, judges, guardsMetadata }): readonly (readonly [string, string])[] => {
    if (judges !== 'server') return [[id, 'it judges changes, which no annotation excuses']];
    return guardsMetadata ? [[id, 'it guards cloud metadata, which no annotation sets aside']] : [];
  }),
);
