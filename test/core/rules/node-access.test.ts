import { describe, expect, it } from 'vitest';
import { createJudge } from '../../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../../src/core/gate/document/resolve.ts';
import { NO_NODE_ACCESS } from '../../../src/core/kube/node-access.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import type { Workload } from '../../../src/core/kube/types.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { isWorkload } from '../../../src/core/world/object-kinds.ts';
import { decoded } from '../../support/workload.ts';

const judge = createJudge(resolveGatePolicy({ spec: {} }, BUILTIN_DATA).policy ?? expect.fail('no policy'));

function podOf(spec: Fields, context: Fields = {}): Workload {
  const container = { name: 'server', image: 'registry.example.com/server:1', securityContext: context };
  const pod = decoded({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'server', namespace: 'tools' },
    spec: { containers: [container], ...spec },
  });
  return isWorkload(pod) ? pod : expect.fail('no Pod');
}

function isFound(pod: Workload): boolean {
  const mcp = { standing: 'declared', evidence: [], setAside: [], ports: [] } as const;
  const { findings } = judge.evaluateServer(buildWorld([pod]), pod, mcp);
  return findings.some(({ rule }) => rule === 'node-access');
}

describe('node-access', () => {
  it.each([
    ['/', true],
    ['//', true],
    ['/.', true],
    ['/srv/..', true],
    ['/var', true],
    ['/var/', true],
    ['/var/run', true],
    ['/run', true],
    ['//run//docker.sock', true],
    ['/./run/docker.sock', true],
    ['/var/run/docker.sock', true],
    ['/var/run/containerd/containerd.sock', true],
    ['/run/k3s/containerd', true],
    ['/run/crio/crio.sock', true],
    ['/run/podman/podman.sock', true],
    ['/etc', true],
    ['/etc/cni/net.d', true],
    ['/proc', true],
    ['/proc/1/root', true],
    ['/sys/fs/bpf', true],
    ['/var/lib', true],
    ['/var/lib/kubelet/pods', true],
    ['/var/lib/rancher', true],
    ['/run/k0s/containerd.sock', true],
    ['/run/user/1000/docker.sock', true],
    ['/var/snap/microk8s/common/run', true],
    ['/opt/runtime/containerd.sock', true],
    ['/usr', true],
    ['/usr/local/bin', true],
    ['/bin', true],
    ['/boot', true],
    ['/root', true],
    ['/etc/cron.d', true],
    ['/etc/ld.so.preload', true],
    ['/usr/share/zoneinfo', false],
    ['/lib/modules', false],
    ['/opt/tools/mydocker.sock', false],
    ['/root/data', false],
    ['/srv', false],
    ['/run/spire/sockets', false],
    ['/run/docker.sock.d', false],
    ['/var/running', false],
    ['/var/lib/data', false],
    ['/etc/ssl/certs', false],
    ['/data/proc', false],
  ])('of the path %s of the node: %s', (path, found) => {
    expect(isFound(podOf({ volumes: [{ name: 'host', hostPath: { path } }] }))).toBe(found);
  });

  it.each([
    ['ALL', true],
    ['all', true],
    ['CAP_SYS_ADMIN', true],
    ['cap_net_raw', true],
    ['NET_ADMIN', true],
    ['BPF', true],
    ['SYS_MODULE', true],
    ['SYS_RAWIO', true],
    ['DAC_READ_SEARCH', true],
    ['SYS_PTRACE', false],
    ['NET_BIND_SERVICE', false],
    ['CHOWN', false],
    ['NET', false],
  ])('of the capability %s: %s', (capability, found) => {
    expect(isFound(podOf({}, { capabilities: { add: [capability] } }))).toBe(found);
    expect(isFound(podOf({}, { capabilities: { drop: [capability] } }))).toBe(false);
  });

  it('costs a Pod without any of it no memory', () => {
    const spec = { volumes: [{ name: 'tmp', emptyDir: {} }], securityContext: { runAsNonRoot: true } };
    const context = { capabilities: { drop: ['ALL'] }, privileged: false, readOnlyRootFilesystem: true };
    expect(podOf(spec, context).nodeAccess).toBe(NO_NODE_ACCESS);
  });
});
