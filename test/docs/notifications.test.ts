import { describe, expect, test } from 'vitest';
import { readNotifications } from '../../src/app/notify/config.ts';
import { decodeRecorderConfig } from '../../src/app/recorder/config.ts';
import { isFields } from '../../src/core/kube/reading.ts';
import { parseYaml } from '../support/yaml.ts';
import { blocksOf, pages } from './pages.ts';

/** What the pages show of a RecorderConfig can be pasted as it is. */

const shown = ['docs/notifications.md', 'docs/recorder.md', 'docs/recorder-configuration.md']
  .flatMap(path => pages.filter(page => page.path === path))
  .flatMap(page => blocksOf(page).filter(({ language }) => language === 'yaml'))
  .map(({ lines }) => lines.join('\n'));

/** A document around receivers that stand alone. */
const around = (receivers: string): string => `apiVersion: chokepoint.dev/v1alpha1
kind: RecorderConfig
spec:
  notifications:
    receivers:
${receivers}
    rules:
    - {name: all, to: [${/- name: (\S+)/.exec(receivers)?.[1]}]}
`;

describe('What the pages show of a RecorderConfig', () => {
  const documents = shown.flatMap(text =>
    text.startsWith('apiVersion:') ? [text] : text.startsWith('    - name:') ? [around(text)] : [],
  );

  test('is a document, or receivers of each kind', () => {
    expect(documents.length).toBeGreaterThanOrEqual(8);
    for (const kind of ['slack', 'teams', 'email', 'alertmanager', 'http'])
      expect(documents.some(text => text.includes(`      ${kind}:`))).toBe(true);
  });

  test.each(documents)('%s', text => {
    const [document] = parseYaml(text);
    const { issues } = decodeRecorderConfig(isFields(document) ? document : {}, readNotifications);
    expect(issues).toEqual([]);
  });
});
