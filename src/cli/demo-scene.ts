import type { Mode } from '../core/gate/types.ts';

/** One AdmissionReview that a demo sends. */
export interface Question {
  /** What it asks, in words. */
  readonly asks: string;
  readonly body: Buffer;
  /** Absent: nobody knows beforehand. */
  readonly expected?: 'allow' | 'deny';
  /** Where it is let through without a word, it is counted and not shown. */
  readonly isMinor?: boolean;
}

/** A cluster of a demo: what its gate is started with, and what it is asked. */
export interface Scene {
  readonly title: string;
  readonly world: readonly string[];
  /** GatePolicy document; absent: `chokepoint.yaml` of the working folder, else the preset. */
  readonly config?: string | undefined;
  readonly workingFolder: string;
  /** Of namespaces without a label; absent: as the document says. */
  readonly mode?: Mode;
  readonly questions: readonly Question[];
}
