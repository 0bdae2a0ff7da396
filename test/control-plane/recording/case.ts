import type { Request } from '../client.ts';
import type { ToolResult } from '../tool.ts';
import { KINDS, labelsOf, type RecordedKind } from './objects.ts';

export const NAMESPACE = 'prod';
/** A person; controllers and the garbage collector come by themselves. */
export const DEVELOPER = 'dana@acme.test';

/** Who acts in a case, as {@link DEVELOPER} unless it says otherwise. */
export interface Hands {
  readonly kubectl: (args: string, manifest?: unknown) => Promise<ToolResult>;
  readonly request: Request;
  /** Lets the scheduler run, over a node. Until then no pod is bound. */
  readonly startScheduler: () => Promise<void>;
}

/** By which review a case is known among all that its action causes. Every field that is given must be equal. */
export interface Sought {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  /** With its subresource: `pods/status`. */
  readonly resource: string;
  readonly name?: string;
  /** Starts with this. */
  readonly namePrefix?: string;
  /** {@link DEVELOPER} where absent. */
  readonly user?: string;
  /** The validating phase where absent. */
  readonly phase?: 'validate' | 'mutate';
  readonly dryRun?: boolean;
}

/** One recorded file. `act` is absent where the case before it caused the review as well. */
export interface RecordedCase {
  /** Of the file, without `.json`. */
  readonly name: string;
  readonly act?: (hands: Hands) => Promise<unknown>;
  readonly sought: Sought;
}

/** The user name of a controller. */
export const controller = (name: string): string => `system:serviceaccount:kube-system:${name}`;
/** Where the pods are. */
export const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;

/** An object of the kind, with the labels that its kind has and these. */
export function manifest({ kind, manifest }: RecordedKind, name: string, labels: object = {}): object {
  return { ...manifest, metadata: { name, namespace: NAMESPACE, labels: { ...labelsOf(kind), ...labels } } };
}

/** The kind by its name; an error if there is none. */
export function find(kind: string): RecordedKind {
  const found = KINDS.find(entry => entry.kind === kind);
  if (found === undefined) throw new Error(`no such kind: ${kind}`);
  return found;
}

/** A pod with these fields in its spec. */
export const pod = (name: string, spec: object = {}): object => {
  const { spec: base, ...rest } = find('pod').manifest;
  return {
    ...rest,
    metadata: { name, namespace: NAMESPACE, labels: labelsOf('pod') },
    spec: { ...(base as object), ...spec },
  };
};

export const SERVER_SIDE = 'apply --server-side -f -';
