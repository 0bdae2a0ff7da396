import type { AbsentPolicy, Mode } from '../core/gate/types.ts';
import type { Protocol } from '../core/net/ports.ts';

/** Which cluster, in kubectl's order: these, KUBECONFIG, ~/.kube/config, the pod's own service account. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** What the options of each command hold once they are read. Absent: the option was not given. */
export interface CommandSpecific {
  readonly check: {
    readonly output: 'text' | 'json' | 'sarif' | 'junit' | 'github';
    readonly config?: string;
    readonly mode?: Mode;
    readonly fix?: boolean;
  };
  readonly reach: {
    readonly queries?: string;
    readonly from?: string;
    readonly to?: string;
    readonly port?: number;
    readonly protocol: Protocol;
    readonly output: 'text' | 'json';
  };
  readonly generate: {
    readonly as: 'yaml' | 'helm-values';
    readonly config?: string;
  };
  readonly rules: { readonly output: 'text' | 'json' };
  readonly scan: ClusterOptions & {
    readonly namespace?: string;
    readonly output: CommandSpecific['check']['output'];
    readonly config?: string;
    readonly mode?: Mode;
  };
  readonly controller: ClusterOptions & {
    readonly namespace?: string;
    readonly config?: string;
    readonly host: string;
    readonly healthPort: number;
    readonly mode?: Mode;
    readonly absentPolicy?: AbsentPolicy;
  };
  readonly serve: ClusterOptions & {
    readonly world?: string;
    readonly controllerUser?: string;
    readonly config?: string;
    readonly host: string;
    readonly port: number;
    readonly healthPort: number;
    readonly tlsCert?: string;
    readonly tlsKey?: string;
    readonly absentPolicy?: AbsentPolicy;
    readonly mode?: Mode;
  };
}

/** The version that `build.ts` writes in; a run from the sources has none. */
declare const CHOKEPOINT_VERSION: string | undefined;

export const VERSION: string = typeof CHOKEPOINT_VERSION === 'undefined' ? '0.0.0-development' : CHOKEPOINT_VERSION;
