/** What a file of test/e2e uses that kind has not, and why that cannot be had there. */
const OBSTACLES: readonly (readonly [use: string, why: string])[] = [
  ['startCluster', 'it starts, stops or freezes components of a control plane of its own'],
  ['auditEvents', 'it reads the audit log of the API server'],
  ['NODE_ADDRESS', 'it needs the private network, in which pod addresses and Services are real without containers'],
  ['startInstallation', 'it runs the Pods of the gate as processes, in the private network'],
  ['fakeCommands', 'it puts a stand-in in the place of kind'],
];

/**
 * Why a file with this text does not run on kind; undefined where it runs: it needs no more than an API server, its controllers and scheduler, and
 * webhooks by URL.
 */
export const obstacleIn = (text: string): string | undefined => OBSTACLES.find(([use]) => text.includes(use))?.[1];
