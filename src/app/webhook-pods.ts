import type { Workload } from '../core/kube/types.ts';
import type { WorldReading } from './world-reading.ts';

/** Of a port of the webhook's Pods. */
type PortName = 'health' | 'https';

/** Where a Pod of the webhook tells what it counts. */
export interface WebhookPod {
  /** Its uid. */
  readonly pod: string;
  /** As the API server has it. */
  readonly address: string;
  readonly port: number;
}

/** Labels of the webhook's Pods, as they are shipped. */
const LABELS: readonly (readonly [string, string])[] = [
  ['app.kubernetes.io/name', 'chokepoint'],
  ['app.kubernetes.io/component', 'webhook'],
];

function placeOf({ meta, podIPs: [address], containers }: Workload, portName: PortName): readonly WebhookPod[] {
  const port = containers.flatMap(({ ports }) => ports).find(({ name }) => name === portName);
  return address === undefined || port === undefined ? [] : [{ pod: meta.uid, address, port: port.number }];
}

/** The Pods of the webhook in the gate's own namespace that have an address. */
export function webhookPods(
  reading: WorldReading,
  namespace: string,
  portName: PortName = 'health',
): readonly WebhookPod[] {
  if (reading.kind !== 'ready') return [];
  return [...reading.world.namespace(namespace).workloads.values()]
    .filter(({ kind, podLabels }) => kind === 'Pod' && LABELS.every(([key, value]) => podLabels.get(key) === value))
    .flatMap(pod => placeOf(pod, portName));
}
