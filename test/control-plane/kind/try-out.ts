import { fileURLToPath } from 'node:url';
import { capture, run } from './command.ts';

/** The cluster of `npm run kind:up`, which `npm run kind:down` deletes, and no other. */
export const CLUSTER = 'chokepoint';
/** As kind calls it in the kubeconfig. */
export const CONTEXT = `kind-${CLUSTER}`;

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** A path of the checkout, whatever folder the command runs in. */
export const inCheckout = (path: string): string => `${ROOT}${path}`;

export const clusterExists = (): boolean => capture('kind', 'get', 'clusters').stdout.split('\n').includes(CLUSTER);

/** kubectl on our own cluster, whatever the current context is. */
export const kubectl = (...args: readonly string[]): void => run('kubectl', '--context', CONTEXT, ...args);

/** What the user is told. */
export const say = (text: string): void => void process.stdout.write(`${text}\n`);
