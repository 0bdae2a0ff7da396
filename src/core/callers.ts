import type { Aspect } from './kube/gateway-fact.ts';
import type { ObjectRef } from './kube/types.ts';

/**
 * What is asked of callers on one way, in one respect. `yes`: of everybody. `open`: of nobody, or not of all. `unknown`: nothing that is judged says it.
 */
export interface Answer {
  readonly state: 'yes' | 'open' | 'unknown';
  /** What decides it: the object with the field, or the route where nothing does. */
  readonly object: ObjectRef;
  readonly path: string;
  /** A clause without a full stop. */
  readonly says: string;
}

/** What is asked of callers on one way. */
export type Answers = Readonly<Record<Aspect, Answer>>;

/** An answer in each respect. */
export const answersBy = (answer: (aspect: Aspect) => Answer): Answers => ({
  authentication: answer('authentication'),
  authorization: answer('authorization'),
  log: answer('log'),
});

/** A way by which routes lead to a server, and what is asked of callers there. */
export interface JudgedWay {
  /** In words: `HTTPRoute tools/weather through Gateway infra/public`. */
  readonly text: string;
  readonly answers: Answers;
  /** It surely leads there, and what nothing here says is said nowhere. */
  readonly isSure: boolean;
  /** It is known which gateway it is. */
  readonly isKnown: boolean;
}
