import type { ClientName } from '../app/agents/write/choices.ts';
import type { RangeFormat, RangeSource } from '../app/cidrs/choices.ts';
import type { PerimeterForm } from '../app/perimeter/choices.ts';
import type { NodeChoice } from '../app/probe/plan.ts';
import type { FailOn } from '../app/report/build-report.ts';
import type { Dataplane } from '../core/gate/dataplane.ts';
import type { NamedGateway } from '../core/gate/name-gateways.ts';
import type { AbsentPolicy, Level, Mode, PerimeterPhase } from '../core/gate/types.ts';
import type { Protocol } from '../core/net/ports.ts';
import type { Dialect } from '../core/remedy/dialect.ts';
import type { GuardrailApi } from '../core/remedy/guardrail-api.ts';

/** Which cluster, in kubectl's order: these, KUBECONFIG, ~/.kube/config, the pod's own service account. */
interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Formats of a report on MCP servers. */
export const REPORT_FORMATS = [
  'text',
  'json',
  'sarif',
  'junit',
  'github',
  'gitlab',
  'markdown',
  'html',
  'compliance',
  'compliance-csv',
] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Formats of an inventory. */
export const INVENTORY_FORMATS = ['table', 'json', 'csv', 'cyclonedx', 'markdown'] as const;
export type InventoryFormat = (typeof INVENTORY_FORMATS)[number];

export const FAIL_ON: readonly FailOn[] = ['deny', 'warn', 'never'];

/** A report that goes into a file. */
export interface ReportFile {
  readonly format: ReportFormat;
  /** Relative to the working folder; never empty. */
  readonly file: string;
}

/** Where a report goes. */
export interface ReportOptions {
  /** Format of standard output. */
  readonly output: ReportFormat;
  /** Absent: none. */
  readonly report?: readonly ReportFile[];
  /** Text lists what looks close to a server and is none. */
  readonly verbose?: boolean;
  /** Text holds what is denied or cannot be judged alone. */
  readonly quiet?: boolean;
  readonly failOn: FailOn;
  /** What the report is compared with: only what is new fails. Absent: nothing. */
  readonly against?: string;
  /** `false`: never. */
  readonly color: boolean;
}

/** What of the input is read, and how. */
export interface InputOptions {
  /** Of objects that name none. Absent: `default`. */
  readonly namespace?: string;
  /** An input without anything to judge is expected. */
  readonly allowEmpty?: boolean;
  /** Patterns of files and folders that are left out. Absent: none. */
  readonly exclude?: readonly string[];
  /** `false`: no `.chokepointignore` is gone by. */
  readonly ignoreFile?: boolean;
  /** `false`: kustomizations and charts are read as they stand. Absent: they are built. */
  readonly render?: boolean;
  /** Kustomizations may load what they name over the network. */
  readonly allowRemote?: boolean;
  /** What charts are rendered with, as helm takes it. */
  readonly release?: string;
  readonly values?: readonly string[];
  readonly set?: readonly string[];
  readonly apiVersions?: readonly string[];
}

/** Gateways named on the command line, besides those of the configuration. */
export interface GatewayOptions {
  /** At least one; absent: none is given. */
  readonly gateway?: readonly NamedGateway[];
}

/** Of what runs on and looks at a cluster. */
interface GateOptions extends ClusterOptions {
  /** In seconds. */
  readonly staleAfter: number;
  readonly modeLimit?: Mode;
}

/** Of what asks for, or changes, how rollouts stand. */
interface RolloutOptions extends ClusterOptions {
  /** Absent: the configuration of the gate that is installed, else that of the working folder. */
  readonly config?: string;
  /** The gate's own. */
  readonly gateNamespace: string;
}

/** What the options of each command hold once they are read. Absent: the option was not given. */
export interface CommandSpecific {
  readonly check: ReportOptions &
    InputOptions &
    ClusterOptions &
    GatewayOptions & {
      readonly config?: string;
      readonly mode?: Mode;
      readonly dataplane?: Dataplane['name'];
      readonly fix?: boolean;
      /** Of `fix`: nothing is written. */
      readonly dryRun?: boolean;
      /** What the cluster holds is judged with the files laid over it. */
      readonly withCluster?: boolean;
    };
  readonly reach: InputOptions &
    ClusterOptions & {
      readonly queries?: string;
      readonly from?: string;
      readonly to?: string;
      /** By number, or as the destination names it. */
      readonly port?: number | string;
      readonly protocol?: Protocol;
      readonly dataplane?: Dataplane['name'];
      /** Of one query, in words. */
      readonly explain?: boolean;
      readonly output: 'text' | 'json';
    };
  readonly generate: InputOptions &
    GatewayOptions & {
      readonly as: 'yaml' | 'helm-values';
      readonly config?: string;
      /** API of the policies beside NetworkPolicies. Absent: that of the configured dataplane. */
      readonly dialect?: Dialect | 'none';
      /** True: in the API of the configured dataplane. */
      readonly guardrail?: GuardrailApi | true;
      /** What resources of MCP operators ask for is printed in place of policies. */
      readonly fromOperator?: boolean;
      /** Records of traffic: what would keep it is printed in place of policies. */
      readonly flows?: readonly string[];
    };
  readonly auditVerify: {
    /** Hashes of lines that must be there, or files that hold one each. Absent: none is known. */
    readonly head?: readonly string[];
    /** Hash of the line before the first one. */
    readonly after?: string;
    /** Files of keys whose signatures are looked at. Absent: none are. */
    readonly publicKey?: readonly string[];
    readonly output: 'text' | 'json';
  };
  readonly auditQuery: {
    /** Objects as NAMESPACE/NAME, NAMESPACE/KIND/NAME or KIND/NAME; of several values of an option, any counts. */
    readonly server?: readonly string[];
    readonly object?: readonly string[];
    readonly user?: readonly string[];
    readonly namespace?: readonly string[];
    readonly kind?: readonly string[];
    readonly operation?: readonly string[];
    readonly change?: readonly string[];
    readonly decision?: readonly string[];
    readonly rule?: readonly string[];
    readonly since?: string;
    readonly until?: string;
    readonly stateAt?: string;
    /** NAMESPACE/NAME or NAMESPACE/KIND/NAME. */
    readonly reach?: string;
    readonly on?: string;
    /** Folder of indexes; absent: the user's cache folder, for big files; `false`: no file is indexed. */
    readonly index?: string | false;
    readonly output: 'text' | 'json' | 'csv' | 'ocsf';
  };
  readonly explain: { readonly color: boolean };
  readonly demo: InputOptions & {
    readonly config?: string;
    readonly color: boolean;
  };
  readonly rules: { readonly output: 'text' | 'json' };
  readonly scan: ClusterOptions &
    ReportOptions & {
      readonly namespace?: string;
      readonly allNamespaces?: boolean;
      /** The gate's own, where its controller keeps since when what is found is there. */
      readonly gateNamespace: string;
      readonly config?: string;
      readonly mode?: Mode;
      readonly dataplane?: Dataplane['name'];
    };
  readonly dashboard: ClusterOptions & {
    readonly config?: string;
    /** The gate's own, where its controller keeps what it knows, and its configuration is. */
    readonly gateNamespace: string;
    /** Files of records. Absent: none. */
    readonly record?: readonly string[];
    /** 0: a free one. */
    readonly port: number;
    readonly open?: boolean;
  };
  readonly observe: InputOptions &
    ClusterOptions & {
      /** At least one. */
      readonly flows: readonly string[];
      readonly config?: string;
      readonly propose?: boolean;
      readonly output: 'text' | 'json';
    };
  readonly registryPull: { readonly write?: string };
  readonly registryEntries: { readonly owner: string };
  readonly doctor: ClusterOptions & {
    readonly config?: string;
    readonly gateNamespace: string;
    /** What is enforced is measured by packets, in place of the checklist. */
    readonly probe?: boolean;
    /** Of `probe`, as all that follows: nobody is asked. */
    readonly yes?: boolean;
    /** Absent: the gate's own. */
    readonly image?: string;
    readonly nodes: NodeChoice;
    /** `all`, or `NAMESPACE/NAME` each; absent: none is stood in for. */
    readonly servers?: readonly string[];
    readonly printRights?: boolean;
    readonly output: 'text' | 'json';
    readonly color: boolean;
  };
  readonly inventory: InputOptions & {
    readonly kubeconfig?: string;
    /** At least one; absent: that of the file. */
    readonly context?: readonly string[];
    readonly allContexts?: boolean;
    readonly gateNamespace: string;
    readonly config?: string;
    readonly diff?: string;
    readonly output: InventoryFormat;
  };
  readonly init: ClusterOptions &
    GatewayOptions & {
      /** `false`: no cluster is looked at. */
      readonly cluster: boolean;
      readonly cloud?: Exclude<RangeSource, 'cluster'>;
      readonly fromFile?: readonly string[];
      readonly write: string;
      readonly dryRun?: boolean;
    };
  readonly cidrs: ClusterOptions & {
    readonly region?: string;
    readonly project?: string;
    readonly resourceGroup?: string;
    readonly subscription?: string;
    /** At least one; absent: the cloud is asked. */
    readonly fromFile?: readonly string[];
    readonly printCommands?: boolean;
    readonly output: RangeFormat;
    readonly write?: string;
    /** `true`: the file of `write` or `config`, else the default one. */
    readonly check?: string | true;
    readonly config?: string;
  };
  readonly perimeter: {
    /** Absent: a wrong usage, unless a command below was asked for. */
    readonly as?: PerimeterForm;
    /** Absent: that of the document. */
    readonly phase?: PerimeterPhase;
    readonly config?: string;
  };
  readonly perimeterObserved: {
    readonly output: 'text' | 'json' | 'csv';
    readonly registry?: string;
    readonly config?: string;
    /** The GatePolicy that hosts are added to. */
    readonly write?: string;
    /** Endpoints, behind commas; with `write` and `owner`. */
    readonly approve?: readonly string[];
    readonly owner?: string;
  };
  readonly perimeterGateway: ClusterOptions & { readonly config?: string };
  readonly agents: {
    /** At least one; absent: all. */
    readonly client?: readonly ClientName[];
    /** A folder; absent: standard output. */
    readonly output?: string;
    /** Of an address at the gateway; it may hold `{name}`. */
    readonly path: string;
    readonly config?: string;
  };
  readonly agentsCheck: ReportOptions & {
    readonly config?: string;
    readonly registry?: string;
    readonly level?: ReadonlyMap<string, Level>;
    /** In their order. */
    readonly envFile?: readonly string[];
    readonly allowEmpty?: boolean;
    readonly exclude?: readonly string[];
    /** `false`: no `.chokepointignore` is gone by. */
    readonly ignoreFile?: boolean;
  };
  readonly rolloutReport: RolloutOptions & { readonly output: 'text' | 'json' | 'markdown' };
  readonly rolloutChange: RolloutOptions & { readonly force?: boolean };
  readonly notifyTest: { readonly config: string };
  readonly notifyDead: { readonly record: string; readonly sendAgain?: boolean; readonly output: 'text' | 'json' };
  readonly recorder: {
    readonly record: string;
    readonly config: string;
    readonly sendAtEnd?: boolean;
    readonly handOver?: boolean;
    readonly host: string;
    readonly healthPort: number;
  };
  readonly controller: GateOptions & {
    readonly namespace?: string;
    readonly config?: string;
    readonly host: string;
    readonly healthPort: number;
    readonly manageCertificates?: boolean;
    /** Absent: no record is kept. */
    readonly record?: string;
    readonly recordKey?: string;
    /** Both or neither; neither: nothing is compared with the record of the webhook. */
    readonly webhookToken?: string;
    readonly webhookCa?: readonly string[];
    readonly unreviewedNamespaces?: readonly string[];
    /** 0: a free one. Absent: there is no dashboard. */
    readonly dashboardPort?: number;
    /** All four or none; none: it is served on the loopback address. */
    readonly dashboardName?: string;
    readonly dashboardProxyCa?: string;
    readonly dashboardTlsCert?: string;
    readonly dashboardTlsKey?: string;
    /** Absent: no reports. */
    readonly reports?: 'auto' | 'openreports' | 'wgpolicy';
    readonly mode?: Mode;
    readonly absentPolicy?: AbsentPolicy;
  };
  readonly serve: GateOptions & {
    readonly world?: string;
    readonly controllerUser?: string;
    readonly enforcedNamespaces?: string;
    readonly config?: string;
    readonly host: string;
    readonly port: number;
    readonly healthPort: number;
    readonly tlsCert?: string;
    readonly tlsKey?: string;
    readonly clientCa?: string;
    /** Absent: no record is kept. */
    readonly record?: string;
    readonly recordFsync: 'none' | 'group';
    readonly recordRequired?: boolean;
    readonly recordKey?: string;
    readonly absentPolicy?: AbsentPolicy;
    readonly mode?: Mode;
  };
}

/** The version that `build.ts` writes in; a run from the sources has none. */
declare const CHOKEPOINT_VERSION: string | undefined;

export const VERSION: string = typeof CHOKEPOINT_VERSION === 'undefined' ? '0.0.0-development' : CHOKEPOINT_VERSION;
