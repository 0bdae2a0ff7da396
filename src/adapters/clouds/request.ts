import type { RangeClass } from '../../app/cidrs/ranges.ts';

/** A question to a cloud, through its own command line, which holds the credentials. */
export interface CloudRequest {
  readonly program: 'gcloud' | 'aws' | 'az';
  /** Without a shell. Whatever comes from a user or an answer is checked before: no program takes it for an option or a file. */
  readonly args: readonly string[];
  /** The permission that it needs, as the cloud names it, and where. */
  readonly right: string;
  /** What it asks about, for people: `subnet nodes`. */
  readonly about: string;
  /** Classes of which its answer tells. */
  readonly tells: readonly RangeClass[];
}

const PLAIN = /^[\w@%+=:,./-]+$/;

/** The command as a person types it into a shell. Two requests are the same where this is. */
export function commandText({ program, args }: Pick<CloudRequest, 'program' | 'args'>): string {
  return [program, ...args].map(arg => (PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Which cluster is asked about. What is absent is left to the configuration of the cloud's command line. */
export interface ClusterTarget {
  readonly name: string;
  /** Region, or zone of a GKE cluster. */
  readonly region?: string | undefined;
  /** Google Cloud project. */
  readonly project?: string | undefined;
  /** Azure. */
  readonly resourceGroup?: string | undefined;
  /** Azure. */
  readonly subscription?: string | undefined;
}

/** An option and its value, where there is one. */
export const option = (name: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [name, value];
