import { run } from './command.ts';
import { needKind } from './engine.ts';
import { CLUSTER, clusterExists, say } from './try-out.ts';

/** `npm run kind:down`: deletes the cluster of kind:up, if it is there, and nothing else. */

needKind();
if (clusterExists()) run('kind', 'delete', 'cluster', '--name', CLUSTER);
else say(`There is no kind cluster ${CLUSTER}.`);
