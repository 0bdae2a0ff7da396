import { portText } from './attempts.ts';
import { ownedBy, type Phase, type PodPlace, PROBE_LABELS, type ProbeObject, placedPod } from './objects.ts';
import { listenedOn, type SceneService, type ServerScene, type StandIn } from './server-scene.ts';

/** By it a Service finds the Pod that it stands before. No policy asks for it. */
const TARGET_LABEL = 'chokepoint.dev/probe-target';

/** From here on a process needs no right to listen (Linux). */
const FIRST_UNPRIVILEGED = 1024;
/** Lets anybody listen on the ports below; a sysctl that the restricted profile admits (Pod Security Standards). */
const ANY_PORT = { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] };

export const standInTarget = ({ id }: StandIn): string => `${id}-target`;
export const standInClient = (phase: Phase, { id }: StandIn): string => `${id}-${phase}`;

function standIn(name: string, { labels, ports }: StandIn, args: readonly string[], place: PodPlace): ProbeObject {
  const containerPorts = ports.map(({ name: called, number, protocol }) => ({
    ...(called !== '' && { name: called }),
    containerPort: number,
    protocol,
  }));
  const isPrivileged = ports.some(({ number }) => number < FIRST_UNPRIVILEGED);
  return placedPod(name, { labels, args, ports: containerPorts, security: isPrivileged ? ANY_PORT : {} }, place);
}

/** Listens on its ports until the probe ends; of a stand-in without ports nothing is to be reached, and its Pod is what the judge is asked about. */
export const standInTargetPod = (one: StandIn, place: PodPlace): ProbeObject =>
  standIn(
    standInTarget(one),
    { ...one, labels: { ...one.labels, [TARGET_LABEL]: one.id } },
    ['probe-pod', 'listen', ...listenedOn(one).map(portText)],
    place,
  );

/** Connects to each of these ends, `ADDRESS PORT/PROTOCOL`, again and again for a while, and ends with what it saw. */
export const standInClientPod = (phase: Phase, one: StandIn, ends: readonly string[], place: PodPlace): ProbeObject =>
  standIn(standInClient(phase, one), one, ['probe-pod', 'connect-each', ...ends], place);

/** Leads to a stand-in as a Service of the server leads to it, over each family that the cluster has. */
export const sceneService = ({ id, before, ports }: SceneService, ownerUid: string): ProbeObject => ({
  kind: 'Service',
  metadata: { name: id, labels: PROBE_LABELS, ownerReferences: ownedBy(ownerUid) },
  spec: {
    ipFamilyPolicy: 'PreferDualStack',
    selector: { [TARGET_LABEL]: before.id },
    ports: ports.map(({ number, protocol, target }, index) => ({
      name: `port-${index + 1}`,
      port: number,
      targetPort: target,
      protocol,
    })),
  },
});

/** The copies of policies. */
export const scenePolicy = ({ name, spec }: ServerScene['policies'][number], ownerUid: string): ProbeObject => ({
  kind: 'NetworkPolicy',
  metadata: { name, labels: PROBE_LABELS, ownerReferences: ownedBy(ownerUid) },
  spec,
});
