import type { Answer, AnswerKind, CloudId } from './answers.ts';
import type { Gathering } from './gathering.ts';
import type { CloudRequest, ClusterTarget } from './request.ts';

/** How the managed clusters of one cloud are asked about and read. */
export interface Cloud {
  readonly id: CloudId;
  /** Name of the product, for people. */
  readonly product: string;
  /** As `spec.provider` of a GatePolicy names it. */
  readonly provider: string;
  readonly clusterKind: AnswerKind;
  /** What tells clusters of one name apart, for people. */
  readonly placeField: string;
  /** What must be given to ask, for people. */
  readonly needs: string;
  /** Words that stand for what is not given where commands are printed. */
  readonly placeholders: Partial<ClusterTarget>;
  /** Asks for the cluster itself: the one question that must be answered. `undefined`: the target names something that no cluster of it can. */
  readonly ask: (target: ClusterTarget) => CloudRequest | undefined;
  /** The questions that may follow, with words in capitals for what only the answers tell. */
  readonly later: (target: ClusterTarget) => readonly CloudRequest[];
  /** Reads one cluster, with what the other answers tell of it. Pure: what is missing is wanted from `gathering`. */
  readonly read: (cluster: Answer, answers: readonly Answer[], gathering: Gathering) => void;
}
