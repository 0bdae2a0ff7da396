import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes `recorder.yaml` of a recorder that notifies one receiver, by one rule; both as flow mappings of YAML. */
export function writeRecorderConfig(folder: string, receiver: string, rule: string): void {
  writeFileSync(
    join(folder, 'recorder.yaml'),
    `apiVersion: chokepoint.dev/v1alpha1
kind: RecorderConfig
spec:
  notifications:
    receivers:
    - ${receiver}
    rules:
    - ${rule}
`,
  );
}
