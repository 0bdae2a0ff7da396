import { capture } from './command.ts';

/** The first version of kind whose network enforces NetworkPolicies (https://github.com/kubernetes-sigs/kind/releases/tag/v0.24.0). */
export const MINIMUM_KIND = 'v0.24.0';

/** Major and minor of `v0.24.0`; undefined where a text names no version. */
function minorOf(text: string): readonly [number, number] | undefined {
  const [, major, minor] = /\bv(\d+)\.(\d+)\./.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

/** Whether the version that `kind version` says enforces NetworkPolicies; a text without a version does not. */
export function isRecentKind(text: string): boolean {
  const [major, minor] = minorOf(text) ?? [0, 0];
  const [leastMajor, leastMinor] = minorOf(MINIMUM_KIND) ?? [0, 0];
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** Why there can be no kind cluster here, in one line; undefined where there can be one. */
export function kindObstacle(): string | undefined {
  const kind = capture('kind', 'version');
  if (kind.code !== 0) return 'there is no kind on PATH (https://kind.sigs.k8s.io)';
  if (!isRecentKind(kind.stdout)) {
    return `${kind.stdout.trim()} is too old: from ${MINIMUM_KIND} on its network enforces NetworkPolicies`;
  }
  if (capture('docker', 'info').code !== 0) return 'no Docker engine answers to `docker info`';
  if (capture('kubectl', 'version', '--client').code !== 0) return 'there is no kubectl on PATH';
  return undefined;
}

/** Ends the process with status 2 and one line where there can be no kind cluster. */
export function needKind(): void {
  const obstacle = kindObstacle();
  if (obstacle === undefined) return;
  process.stderr.write(`kind: nothing was done: ${obstacle}\n`);
  process.exit(2);
}
