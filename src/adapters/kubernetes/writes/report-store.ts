import { MANAGED_BY_LABEL, MANAGER } from '../../../app/controller/made-policy.ts';
import type { PlannedReport } from '../../../app/policy-reports/document.ts';
import { REPORT_APIS, type ReportApi, type ReportStore } from '../../../app/policy-reports/keep.ts';
import { MAX_RESULTS } from '../../../app/policy-reports/plan.ts';
import type { Time } from '../../../app/time.ts';
import { type Fields, fieldsAt, isFields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import { type Client, requestPatiently } from '../client/client.ts';
import { createDiscovery } from '../client/discovery.ts';
import { collectionPath, type Resource } from '../client/paths.ts';
import { createWriter, type Written } from './writer.ts';

/** Of each report, in every namespace. */
const NAME = 'chokepoint';
/** Objects of one page of a list. */
const PAGE = 500;
const METADATA_ALONE = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

const RESOURCES: Readonly<Record<ReportApi, Resource>> = {
  openreports: { group: 'openreports.io', version: 'v1alpha1', kind: 'Report', plural: 'reports' },
  wgpolicy: { group: 'wgpolicyk8s.io', version: 'v1alpha2', kind: 'PolicyReport', plural: 'policyreports' },
};

/** What the two APIs do not have in common: the older one knows neither a source of the whole nor limits. */
const ROOTS: Readonly<Record<ReportApi, Fields>> = {
  openreports: { source: 'chokepoint', configuration: { limits: { maxResults: MAX_RESULTS } } },
  wgpolicy: {},
};

/** A report as it is applied; metadata beside name and namespace. */
const reportBody = (api: ReportApi, { summary, results }: PlannedReport): Fields => ({
  metadata: { labels: { [MANAGED_BY_LABEL]: MANAGER } },
  ...ROOTS[api],
  summary,
  results,
});

const textAt = (fields: Fields, key: string): string => {
  const value = own(fields, key);
  return typeof value === 'string' ? value : '';
};

/** The namespaces of our reports among the items of a list. */
function namespacesIn(body: Fields): readonly string[] {
  const items = own(body, 'items');
  return (Array.isArray(items) ? items.filter(isFields) : [])
    .map(item => fieldsAt(item, 'metadata'))
    .filter(metadata => textAt(metadata, 'name') === NAME)
    .map(metadata => textAt(metadata, 'namespace'));
}

/** By list, create, patch and delete of the reports in all namespaces. Create is what a patch needs where there is none yet. */
export function createReportStore(client: Client, time: Time): ReportStore {
  const failed = (api: ReportApi, what: string, reason: string): GateError =>
    new GateError('unexpected-answer', `${RESOURCES[api].plural}.${RESOURCES[api].group} cannot be ${what}: ${reason}`);

  const settle = (api: ReportApi, namespace: string, written: Written): void => {
    if (written.kind === 'done' || written.kind === 'absent') return;
    throw failed(api, 'written', `${namespace}/${NAME}: ${written.message}`);
  };

  const writerOf = (term: AbortSignal) =>
    createWriter(client, time, { controller: '', instance: '', nowMs: () => 0 }, term);

  return {
    served: async term => {
      const discovery = createDiscovery(client, time, term);
      const found = await Promise.all(
        REPORT_APIS.map(async api => {
          const { group, version, kind } = RESOURCES[api];
          const served = await discovery.find({ kind: 'optional', group, objectKind: kind, versions: [version] });
          return served?.version === version ? [api] : [];
        }),
      );
      return found.flat();
    },
    list: async (api, signal) => {
      const found: string[] = [];
      for (let from = ''; ; ) {
        const { status, body } = await requestPatiently(client, time, {
          method: 'GET',
          path: collectionPath(RESOURCES[api]),
          query: {
            labelSelector: `${MANAGED_BY_LABEL}=${MANAGER}`,
            limit: String(PAGE),
            ...(from !== '' && { continue: from }),
          },
          accept: METADATA_ALONE,
          signal,
        });
        if (status !== 200 || !isFields(body)) throw failed(api, 'listed', `the API server answers ${status}`);
        found.push(...namespacesIn(body));
        from = textAt(fieldsAt(body, 'metadata'), 'continue');
        if (from === '') return found;
      }
    },
    write: async (api, report, term) => {
      const target = { resource: RESOURCES[api], namespace: report.namespace, name: NAME };
      settle(api, report.namespace, await writerOf(term).apply(target, reportBody(api, report), MANAGER));
    },
    remove: async (api, namespace, term) => {
      const target = { resource: RESOURCES[api], namespace, name: NAME };
      settle(api, namespace, await writerOf(term).remove(target, {}));
    },
  };
}
