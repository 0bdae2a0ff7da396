/**
 * The files of test/e2e that run on kind: what they need is an API server by kubeconfig, its own controllers and scheduler, and webhooks by URL.
 */
export const RUN_ON_KIND: readonly string[] = ['admission', 'cache', 'control-plane', 'hold-and-create', 'no-bypass'];

const OWN_CONTROL_PLANE = 'it starts, stops or freezes components of a control plane of its own';
const AUDIT_LOG = 'it reads the audit log of the API server';
const PRIVATE_NETWORK = 'it needs the private network, in which pod addresses and Services are real without containers';

/** Why a file does not run there. */
const OBSTACLES: ReadonlyMap<string, string> = new Map([
  ['cache-outage', OWN_CONTROL_PLANE],
  ['controller-killed', AUDIT_LOG],
  ['harness', OWN_CONTROL_PLANE],
  ['kind', OWN_CONTROL_PLANE],
  ['least-privilege', AUDIT_LOG],
  ['no-outage', PRIVATE_NETWORK],
  ['scan', AUDIT_LOG],
  ['services', PRIVATE_NETWORK],
  ['versions', OWN_CONTROL_PLANE],
]);

/** What the file of this name (without `.e2e.ts`) is not run for; one that is new is not run until somebody has seen what it needs. */
export const obstacleOf = (name: string): string => OBSTACLES.get(name) ?? 'nobody has looked yet at what it needs';
