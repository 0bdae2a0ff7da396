import type { Connection } from '../control-plane/connection.ts';
import { SPEC } from '../e2e/gate.ts';
import { MODE, newScene, type Scene } from '../e2e/scene.ts';

/** Of the gate: a server without a policy gets one where its namespace does not say otherwise; nobody here may lower a mode. */
export const SOAK_SPEC = { ...SPEC, absentPolicy: 'create' };

const ABSENT_POLICY = 'chokepoint.dev/absent-policy';

/** Why a place is there: what it does with an open server. */
export type Purpose = 'reject' | 'create' | 'audit' | 'off';

/** A namespace with the closed server `weather` in it. */
export interface Place {
  readonly purpose: Purpose;
  readonly namespace: string;
}

/** The namespaces of a soak. */
export interface Places {
  /** Where people work. */
  readonly shared: readonly Place[];
  /** Where only the attacker is. */
  readonly alone: Place;
}

async function newPlace(cluster: Pick<Connection, 'request'>, purpose: Purpose): Promise<Place> {
  const mode = purpose === 'audit' || purpose === 'off' ? purpose : 'enforce';
  const labels = purpose === 'reject' ? { [ABSENT_POLICY]: 'reject' } : {};
  const { namespace }: Scene = await newScene(cluster, mode, labels);
  return { purpose, namespace };
}

export async function newPlaces(cluster: Pick<Connection, 'request'>): Promise<Places> {
  const shared: Place[] = [];
  for (const purpose of ['reject', 'create', 'audit', 'off'] as const) shared.push(await newPlace(cluster, purpose));
  return { shared, alone: await newPlace(cluster, 'reject') };
}

/** Labels of a namespace that enforces and refuses what has no policy. */
export const ENFORCED = { [MODE]: 'enforce', [ABSENT_POLICY]: 'reject' };

/** Whether an open server must not be there. */
export const enforces = ({ purpose }: Place): boolean => purpose === 'reject' || purpose === 'create';
