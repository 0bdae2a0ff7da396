import type { PerimeterPhase } from '../../core/gate/types.ts';

/** What stands at the head of each file. */
export interface Head {
  /** `nftables rules`. */
  readonly what: string;
  /** What the file does, and what to know before it is loaded, a line each. */
  readonly says: readonly string[];
  /** Commands, a line each. */
  readonly load: readonly string[];
  readonly rollBack: readonly string[];
  /** What it does not see, a sentence each. */
  readonly unseen: readonly string[];
}

const PHASES: Readonly<Record<PerimeterPhase, string>> = {
  log: 'Phase log: nothing is stopped; what enforce would stop is logged.',
  enforce: 'Phase enforce: what goes past the gateway is stopped, and logged.',
};

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${line}`)];

/** The head as comments, each line after `mark`. */
export function headText({ what, says, load, rollBack, unseen }: Head, phase: PerimeterPhase, mark = '#'): string {
  const lines = [
    `${what}, written by chokepoint perimeter.`,
    PHASES[phase],
    ...says,
    ...section('Load, as often as you like:', load),
    ...section('Take back:', rollBack),
    ...section('Not seen by it:', unseen),
  ];
  return `${lines.map(line => (line === '' ? mark : `${mark} ${line}`)).join('\n')}\n`;
}
