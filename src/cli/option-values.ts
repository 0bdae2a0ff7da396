import { InvalidArgumentError } from 'commander';
import { type NamedGateway, readNamedGateway } from '../core/gate/name-gateways.ts';
import { isPortName } from '../core/netpol/reach-query.ts';
import type { ReportFile, ReportFormat } from './commands.ts';

/** One more `--gateway` of the command line. */
export function namedGateway(text: string, before: readonly NamedGateway[] = []): readonly NamedGateway[] {
  const gateway = readNamedGateway(text);
  if (gateway === undefined)
    throw new InvalidArgumentError('It must be NAMESPACE/KEY=VALUE, further labels of its pods behind commas.');
  return [...before, gateway];
}

/** A port on the command line; `lowest` 0 where that stands for a free one. */
export const port =
  (lowest: 0 | 1) =>
  (text: string): number => {
    const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= lowest && number <= 65535) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${lowest} to 65535.`);
  };

/** A port by number, or by the name that a container gives it. */
export function numberOrName(text: string): number | string {
  if (/^\d+$/.test(text)) return port(1)(text);
  if (isPortName(text)) return text;
  throw new InvalidArgumentError('It must be a whole number from 1 to 65535, or the name of a port.');
}

/** One more `FORMAT=FILE` of the command line: a file may have any name that a path can, further equals signs too. */
export const reportFile =
  (formats: readonly ReportFormat[]) =>
  (text: string, before: readonly ReportFile[] = []): readonly ReportFile[] => {
    const [name = '', ...rest] = text.split('=');
    const file = rest.join('=');
    const format = formats.find(known => known === name);
    if (format === undefined || file === '')
      throw new InvalidArgumentError(`It must be FORMAT=FILE, where FORMAT is one of ${formats.join(', ')}.`);
    if (file === '-')
      throw new InvalidArgumentError('It must be a file; what goes to standard output is chosen by --output.');
    if (before.some(other => other.file === file)) throw new InvalidArgumentError('Another report is written there.');
    return [...before, { format, file }];
  };

/** Whole seconds on the command line; both bounds are inclusive. */
export const seconds =
  (least: number, most: number) =>
  (text: string): number => {
    const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be whole seconds from ${least} to ${most}.`);
  };

/** SHA-256 in hex. */
export function hashText(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a hash: 64 digits and letters from a to f.');
}
