import { describe, expect, it } from 'vitest';
import { renderCompliance, renderComplianceCsv } from '../../../src/adapters/report/compliance.ts';
import type { CheckReport, ReportedFinding, ReportedServer } from '../../../src/app/report/check-report.ts';
import { standingsOf } from '../../../src/app/report/compliance.ts';
import { CONTROLS, controlsOf } from '../../../src/app/report/controls.ts';
import { RULES } from '../../../src/core/rules/index.ts';

function finding(rule: string, messageId = 'open'): ReportedFinding {
  const object = { kind: 'HTTPRoute', namespace: 'tools', name: 'weather' };
  const place = { file: 'a.yaml', line: 1, path: 'spec', message: 'x', fix: { summary: 'x' }, policy: null };
  return { rule, messageId, level: 'warn', object, subject: object, ...place };
}

function server(verdict: ReportedServer['verdict'], ...findings: readonly ReportedFinding[]): ReportedServer {
  const none = { evidence: [], causes: [], excepted: [], file: '', line: 0 };
  return { namespace: 'tools', kind: 'Deployment', name: 'weather', mcp: 'declared', verdict, findings, ...none };
}

function report(...servers: readonly ReportedServer[]): CheckReport {
  const summary = { files: 1, objects: 1, servers: servers.length, deny: 0, warn: 0, undetermined: 0 };
  const head = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'CheckReport', policySource: 'built-in' } as const;
  return { ...head, summary, servers, problems: [], passedOver: [] };
}

const standing = (id: string, of: CheckReport): string | undefined =>
  standingsOf(of, RULES).find(({ control }) => control.id === id)?.standing;

describe('The table of controls', () => {
  it('names rules that there are', () => {
    const known = new Set(RULES.map(({ id }) => id));
    expect(CONTROLS.flatMap(({ rules }) => rules).filter(rule => !known.has(rule))).toEqual([]);
  });

  it('names every rule', () => {
    expect(RULES.filter(({ id }) => controlsOf(id).length === 0).map(({ id }) => id)).toEqual([]);
  });

  it('names no control and no rule of one twice', () => {
    const names = CONTROLS.map(({ framework, id }) => `${framework} ${id}`);
    expect(new Set(names).size).toBe(names.length);
    expect(CONTROLS.filter(({ rules }) => new Set(rules).size < rules.length)).toEqual([]);
  });
});

describe('How servers stand to a control', () => {
  it.each<readonly [string, string, CheckReport, string]>([
    ['its rules found nothing', 'MCP08:2025', report(server('allow')), 'pass'],
    ['one of its rules warns', 'MCP08:2025', report(server('allow', finding('gateway-unlogged'))), 'fail'],
    [
      'one of its rules denies on one of two',
      '5.2.5',
      report(server('allow'), server('deny', finding('host-network'))),
      'fail',
    ],
    ['rules of others found something', 'MCP08:2025', report(server('deny', finding('host-network'))), 'pass'],
    [
      'which gateway it is cannot be told',
      'MCP08:2025',
      report(server('allow', finding('gateway-unauthenticated', 'undetermined'))),
      'undetermined',
    ],
    [
      'a rule cannot tell',
      'MCP08:2025',
      report(server('allow', finding('gateway-unlogged', 'undetermined'))),
      'undetermined',
    ],
    ['a server could not be judged', 'MCP08:2025', report(server('undetermined')), 'undetermined'],
    [
      'something is broken beside what cannot be told',
      '5.2.5',
      report(server('undetermined', finding('host-network'))),
      'fail',
    ],
    [
      'everybody reaches it past the gateway',
      'MCP08:2025',
      report(server('deny', finding('ingress-not-isolated'))),
      'fail',
    ],
    [
      'it reaches metadata with all else',
      'Network separation: cloud',
      report(server('deny', finding('egress-not-isolated'))),
      'fail',
    ],
    ['its rules need more than objects', '5.3.1', report(server('allow')), 'not covered'],
    ['they found something all the same', 'MCP04:2025', report(server('deny', finding('unregistered-server'))), 'fail'],
    ['no rule says anything of it', 'MCP03:2025', report(server('allow')), 'not covered'],
    ['there is no server', 'MCP08:2025', report(), 'not covered'],
  ])('%s', (_title, id, of, expected) => {
    expect(standing(id, of)).toBe(expected);
  });
});

describe('The report of controls', () => {
  it('is a table that says what is broken and where', () => {
    const text = renderCompliance(report(server('allow', finding('gateway-unlogged'))), RULES);
    expect(text).toMatch(
      /^ {2}fail {2,}MCP08:2025 {2,}audit and telemetry {2,}gateway-unlogged: tools\/Deployment weather$/m,
    );
    expect(text).toMatch(/^ {2}not covered {2,}MCP03:2025/m);
  });

  it('is CSV with a row for every control', () => {
    const rows = renderComplianceCsv(report(server('allow', finding('gateway-unlogged'))), RULES)
      .trimEnd()
      .split('\r\n');
    expect(rows).toHaveLength(CONTROLS.length + 1);
    const rules =
      controlsOf('gateway-unlogged')
        .find(({ id }) => id === 'MCP08:2025')
        ?.rules.join('; ') ?? '';
    const cells = ['owasp-mcp', 'MCP08:2025', 'audit and telemetry', 'fail', rules, 'gateway-unlogged'];
    const last = ['tools/Deployment weather', '0', 'https://owasp.org/www-project-mcp-top-10/'];
    expect(rows.map(row => row.replaceAll('"', ''))).toContain([...cells, ...last].join(','));
  });
});
