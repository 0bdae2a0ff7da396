import { builtinGatePolicy } from '../../src/adapters/config/load.ts';
import { type ChangeJudgement, judgeChange } from '../../src/core/change.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import type { Fields } from '../../src/core/kube/reading.ts';
import type { KubeObject } from '../../src/core/kube/types.ts';
import { buildWorld } from '../../src/core/world/build.ts';

const judge = createJudge(builtinGatePolicy());

function decoded(value: Fields): KubeObject {
  const result = createDecoder()(value);
  if (result.kind !== 'object') throw new Error('the object does not decode');
  return result.object;
}

/** Decodes an object and judges its creation beside others, by the built-in policy. */
export function decodeAndJudge(object: Fields, beside: readonly Fields[]): ChangeJudgement {
  const after = decoded(object);
  return judgeChange(judge, buildWorld([...beside.map(decoded), after]), { after });
}
