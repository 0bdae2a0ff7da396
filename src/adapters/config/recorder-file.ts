import { type NotifyConfig, readNotifications } from '../../app/notify/config.ts';
import { decodeRecorderConfig, type RecorderConfig } from '../../app/recorder/config.ts';
import { type Issue, isFields, own } from '../../core/kube/reading.ts';
import { type Problem, problemLines } from '../../core/manifest.ts';
import { GateError } from '../../errors.ts';
import { decodeText } from '../yaml/text.ts';
import { readBytes, reasonText } from './read-bytes.ts';
import { readYaml, type YamlDocument } from './yaml-text.ts';

const problemOf = ({ severity, code, path, message }: Issue, document: YamlDocument, file: string): Problem => ({
  severity,
  code,
  file,
  ...document.locate(path, code === 'unknown-field' ? 'key' : 'value'),
  field: path,
  message,
});

const refused = (message: string): GateError => new GateError('bad-configuration', message);

/** A RecorderConfig; without `notifications` nobody is told. */
export type LoadedRecorderConfig = RecorderConfig & { readonly notifications: NotifyConfig | undefined };

/** Reads the one RecorderConfig in a file; documents of other kinds are passed over. Throws a GateError that names every problem. */
export function loadRecorderConfig(path: string, file: string): LoadedRecorderConfig {
  const read = readBytes(path);
  if (read.kind === 'failed') throw refused(`${file} cannot be read: ${reasonText(read.code)}`);
  const decoded = decodeText(read.bytes, file);
  if (decoded.kind === 'problem') throw refused(problemLines([decoded.problem]));
  const yaml = readYaml(decoded.text, file);
  if (yaml.kind === 'problems') throw refused(problemLines(yaml.problems));
  const [document, second] = yaml.documents.filter(
    ({ value }) => isFields(value) && own(value, 'kind') === 'RecorderConfig',
  );
  if (document === undefined || second !== undefined)
    throw refused(`${file}: one document of kind RecorderConfig is required`);
  const value = isFields(document.value) ? document.value : {};
  const { config, issues } = decodeRecorderConfig(value, readNotifications);
  if (config === undefined) throw refused(problemLines(issues.map(issue => problemOf(issue, document, file))));
  return config;
}
