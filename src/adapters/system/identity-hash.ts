import { hash } from 'node:crypto';

/** Hexadecimal digits of an identity: a collision among a million has the chance of one in thirty million. */
const LENGTH = 16;

/** Short text that stands for an identity in reports and in the history: the same in every version. */
export const identityHash = (identity: string): string => hash('sha256', identity, 'hex').slice(0, LENGTH);
