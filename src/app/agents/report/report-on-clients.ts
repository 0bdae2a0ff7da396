import type { Evidence, Finding } from '../../../core/decision.ts';
import { foundOf } from '../../../core/findings.ts';
import type { GatePolicy } from '../../../core/gate/types.ts';
import type { Problem } from '../../../core/manifest.ts';
import { compare } from '../../../core/order.ts';
import type { Report } from '../../../core/rule.ts';
import { withoutShapes } from '../../../core/secret-shapes.ts';
import { visibleData } from '../../../core/visible-text.ts';
import type { CheckReport, ReportedFinding, ReportedLeftOut, ReportedServer } from '../../report/check-report.ts';
import type { ClientServer } from '../client-server.ts';
import type { ClientFacts } from '../rule.ts';
import { CLIENT_RULES } from '../rules/index.ts';

/** A file that tells a client, or Compose, of servers. */
export interface ClientConfiguration {
  readonly file: string;
  readonly servers: readonly ConfiguredServer[];
  /** Finds a field of its servers; its nearest ancestor where it is absent. */
  readonly locate: (path: string) => FieldPlace;
}

/** Where a field stands. */
export interface FieldPlace {
  /** That of the configuration, or another that it takes the field from. */
  readonly file: string;
  /** In that file, as `formatPath` writes it. */
  readonly path: string;
  /** Both 1-based. */
  readonly line: number;
  readonly column: number;
}

/** A server with how it is known to be one. */
export interface ConfiguredServer {
  readonly server: ClientServer;
  readonly standing: ReportedServer['mcp'];
  readonly evidence: readonly Evidence[];
}

/** A server of a client is one because the client is told so. */
export function configuredServer(server: ClientServer): ConfiguredServer {
  const says = `configured as an MCP server of ${server.ref.kind}`;
  const evidence: Evidence = { signal: 'client-configuration', strength: 'declared', path: server.path, says };
  return { server, standing: 'declared', evidence: [evidence] };
}

/** What the report says besides the servers. */
export interface ClientReportFacts extends ClientFacts {
  readonly policy: GatePolicy;
  readonly policySource: string;
  /** Of reading the files and the configuration. */
  readonly problems: readonly Problem[];
  readonly leftOut: ReportedLeftOut;
}

const LEVELS: readonly Finding['level'][] = ['deny', 'warn'];

/** What a finding quotes of a configuration, without the secrets that may stand in it. */
const withoutQuotedSecrets = ({ data = {}, ...report }: Report): Report => ({
  ...report,
  data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, withoutShapes(text)])),
});

function findingsOf(server: ClientServer, facts: ClientReportFacts): readonly Finding[] {
  return CLIENT_RULES.flatMap(rule =>
    rule.check(server, facts).flatMap(report => {
      const found = foundOf(rule, withoutQuotedSecrets(report), server.ref, facts.policy);
      return found === undefined ? [] : { ...found, subject: server.ref };
    }),
  );
}

function reportServer(
  { server, standing, evidence }: ConfiguredServer,
  { file, locate }: ClientConfiguration,
  facts: ClientReportFacts,
): ReportedServer {
  const all = findingsOf(server, facts);
  const findings = LEVELS.flatMap(level => all.filter(one => one.level === level)).map(
    (one): ReportedFinding => ({ ...one, policy: null, ...locate(one.path) }),
  );
  return {
    ...server.ref,
    mcp: standing,
    evidence: evidence.map(one => ({ ...one, says: withoutShapes(one.says) })),
    verdict: findings.some(({ level }) => level === 'deny') ? 'deny' : 'allow',
    findings,
    causes: [],
    excepted: [],
    file,
    line: locate(server.path).line,
  };
}

const sortKey = ({ namespace, kind, name }: ReportedServer): string => [namespace, kind, name].join('\u0000');

/** The report of `agents check`, in the form of that of `check`: a server for each entry of each configuration. */
export function reportOnClients(configurations: readonly ClientConfiguration[], facts: ClientReportFacts): CheckReport {
  const servers = configurations
    .flatMap(one => one.servers.map(server => reportServer(server, one, facts)))
    .sort((a, b) => compare(sortKey(a), sortKey(b)));
  const { leftOut, problems, policySource } = facts;
  return visibleData<CheckReport>({
    apiVersion: 'chokepoint.dev/v1alpha1',
    kind: 'CheckReport',
    clientFiles: configurations.length,
    summary: {
      files: configurations.length,
      objects: 0,
      servers: servers.length,
      deny: servers.filter(({ verdict }) => verdict === 'deny').length,
      warn: servers.filter(({ verdict, findings }) => verdict === 'allow' && findings.length > 0).length,
      undetermined: 0,
    },
    ...(leftOut.option + leftOut.ignoreFile > 0 && { leftOut }),
    policySource,
    servers,
    problems,
    passedOver: [],
  });
}
