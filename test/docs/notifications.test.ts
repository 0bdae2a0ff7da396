import { describe, expect, test } from 'vitest';
import { readNotifications } from '../../src/app/notify/config.ts';
import { decodeRecorderConfig } from '../../src/app/recorder/config.ts';
import { type Fields, fieldsAt, isFields } from '../../src/core/kube/reading.ts';
import { parseYaml } from '../support/yaml.ts';
import { blocksOf, pages } from './pages.ts';

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

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
  const values = shown.filter(text => text.startsWith('record:'));

  test('is a document, or receivers of each kind', () => {
    expect(documents.length).toBeGreaterThanOrEqual(8);
    for (const kind of ['slack', 'teams', 'email', 'alertmanager', 'http'])
      expect(documents.some(text => text.includes(`      ${kind}:`))).toBe(true);
  });

  test.each(documents)('%s', text => {
    const [document] = parseYaml(text);
    const { issues } = decodeRecorderConfig(fieldsOf(document), readNotifications);
    expect(issues).toEqual([]);
  });

  test('is, in values of the chart, the spec of a document', () => {
    const specs = values
      .flatMap(text => parseYaml(text))
      .map(value => fieldsAt(fieldsAt(fieldsOf(value), 'recorder'), 'configuration'));
    expect(specs.length).toBeGreaterThan(0);
    for (const spec of specs) {
      const document = { apiVersion: 'chokepoint.dev/v1alpha1', kind: 'RecorderConfig', spec };
      expect(decodeRecorderConfig(document, readNotifications).issues).toEqual([]);
    }
  });
});
