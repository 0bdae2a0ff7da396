import { find, NAMESPACE, type RecordedCase } from './case.ts';

const policy = (spec: object): object => {
  const { spec: base, ...rest } = find('networkpolicy').manifest;
  return { ...rest, metadata: { name: 'guard', namespace: NAMESPACE }, spec: { ...(base as object), ...spec } };
};
const internet = (except: readonly string[]): object => ({
  egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except } }], ports: [{ protocol: 'TCP', port: 443 }] }],
});

/** Policies and Services beside a server. */
export const neighbourCases: readonly RecordedCase[] = [
  {
    name: 'networkpolicy-apply-create',
    act: ({ kubectl }) => kubectl('apply -f -', policy(internet(['10.0.0.0/8', '169.254.169.254/32']))),
    sought: { operation: 'CREATE', resource: 'networkpolicies', name: 'guard' },
  },
  {
    name: 'networkpolicy-apply-update-except-removed',
    act: ({ kubectl }) => kubectl('apply -f -', policy(internet(['10.0.0.0/8']))),
    sought: { operation: 'UPDATE', resource: 'networkpolicies', name: 'guard' },
  },
  {
    name: 'networkpolicy-create-empty',
    act: ({ kubectl }) => {
      const { spec: _, ...rest } = find('networkpolicy').manifest;
      return kubectl('create -f -', { ...rest, metadata: { name: 'empty', namespace: NAMESPACE }, spec: {} });
    },
    sought: { operation: 'CREATE', resource: 'networkpolicies', name: 'empty' },
  },
  {
    name: 'networkpolicy-create-allow-all',
    act: ({ kubectl }) => {
      const metadata = { name: 'open', namespace: NAMESPACE };
      const spec = { podSelector: {}, ingress: [{}], egress: [{}], policyTypes: ['Ingress', 'Egress'] };
      return kubectl('create -f -', { ...find('networkpolicy').manifest, metadata, spec });
    },
    sought: { operation: 'CREATE', resource: 'networkpolicies', name: 'open' },
  },
  {
    name: 'service-create-nodeport',
    act: ({ kubectl }) => {
      const metadata = { name: 'public', namespace: NAMESPACE };
      const ports = [{ name: 'mcp', port: 8080, nodePort: 30080 }];
      const spec = { type: 'NodePort', clusterIP: '10.96.0.80', selector: { app: 'weather-deployment' }, ports };
      return kubectl('create -f -', { apiVersion: 'v1', kind: 'Service', metadata, spec });
    },
    sought: { operation: 'CREATE', resource: 'services', name: 'public' },
  },
  {
    name: 'service-update-selector',
    act: ({ request }) =>
      request('PATCH', `/api/v1/namespaces/${NAMESPACE}/services/public`, {
        spec: { selector: { app: 'weather-pod' } },
      }),
    sought: { operation: 'UPDATE', resource: 'services', name: 'public' },
  },
];
