import { eventually } from '../eventually.ts';
import { capture, run } from './command.ts';
import { needKind } from './engine.ts';
import { CLUSTER, CONTEXT, clusterExists, inCheckout, kubectl, say } from './try-out.ts';

/** `npm run kind:up`: a kind cluster with cert-manager, the gate and samples. Again on a cluster that is there: brings it up to this checkout. */

const IMAGE = 'chokepoint:0.1.0';
const CERT_MANAGER = 'https://github.com/cert-manager/cert-manager/releases/download/v1.21.2/cert-manager.yaml';
const WAIT = '--timeout=300s';
const PATIENCE = { timeoutMs: 180_000, everyMs: 2000 };

const onCluster = (...args: readonly string[]) => capture('kubectl', '--context', CONTEXT, ...args);

function createCluster(): void {
  const config = inCheckout('test/control-plane/kind/try-out.yaml');
  run('kind', 'create', 'cluster', '--name', CLUSTER, '--config', config, '--wait', '300s');
}

function loadImage(): void {
  run('docker', 'build', '--tag', IMAGE, inCheckout(''));
  run('kind', 'load', 'docker-image', IMAGE, '--name', CLUSTER);
}

/** Again and again: the webhooks of a moment ago, cert-manager's and ours, answer when their certificates have come. */
async function applyWhenTaken(...args: readonly string[]): Promise<void> {
  await eventually(
    `kubectl apply ${args.join(' ')}`,
    () => {
      const { code, stdout, stderr } = onCluster('apply', ...args);
      if (code !== 0) throw new Error(stderr.trim());
      say(stdout.trim());
      return true;
    },
    PATIENCE,
  );
}

function rolledOut(namespace: string, ...names: readonly string[]): void {
  for (const name of names) kubectl('--namespace', namespace, 'rollout', 'status', `deployment/${name}`, WAIT);
}

/** Resolves to the message by which the gate refuses the open server. */
function refusal(): Promise<string> {
  return eventually(
    'the open server is refused',
    () => {
      const file = inCheckout('manifests/samples/open-server.yaml');
      const { stderr } = onCluster('apply', '--dry-run=server', '--filename', file);
      return stderr.includes('denied the request') ? stderr.trim() : undefined;
    },
    PATIENCE,
  );
}

const TO_TRY = `
The gate is up. To try, with kubectl config use-context ${CONTEXT}:

  kubectl apply -f manifests/samples/open-server.yaml      # refused, as above
  kubectl -n mcp delete networkpolicy weather              # refused: it would open the server
  kubectl -n mcp-gateway exec deploy/envoy -- /agnhost connect weather.mcp.svc.cluster.local:8080 --timeout=3s    # the gateway may
  kubectl -n visitors exec deploy/visitor -- /agnhost connect weather.mcp.svc.cluster.local:8080 --timeout=3s     # TIMEOUT: nobody else may
  kubectl label namespace mcp chokepoint.dev/absent-policy=create --overwrite
  kubectl apply -f manifests/samples/open-server.yaml      # the policy is refused; the server starts, behind a policy that the gate has written
  npx chokepoint scan --context ${CONTEXT} --config manifests/samples/kind/chokepoint.yaml

  npm run kind:down                                        # deletes the cluster`;

needKind();
const existed = clusterExists();
if (existed) say(`The kind cluster ${CLUSTER} is there already.`);
else createCluster();
loadImage();
kubectl('apply', '--filename', CERT_MANAGER);
rolledOut('cert-manager', 'cert-manager', 'cert-manager-cainjector', 'cert-manager-webhook');
await applyWhenTaken('--kustomize', inCheckout('manifests/samples/kind'));
// The image has the name that it had.
if (existed) kubectl('--namespace', 'chokepoint-system', 'rollout', 'restart', 'deployment');
rolledOut('chokepoint-system', 'chokepoint-webhook', 'chokepoint-controller');
for (const file of ['gateway', 'closed-server']) {
  await applyWhenTaken('--filename', inCheckout(`manifests/samples/${file}.yaml`));
}
rolledOut('mcp-gateway', 'envoy');
rolledOut('visitors', 'visitor');
rolledOut('mcp', 'weather');
say(`\nAn open server is refused:\n\n${await refusal()}`);
say(TO_TRY);
