import type { PageFinding, Standing, WayStanding } from '../../../app/page/model.ts';
import { s } from './dom.ts';

/** What each standing is called. */
export const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  open: 'open',
  unsure: 'not judged',
  excepted: 'by exception',
  warned: 'closed, with warnings',
  closed: 'closed',
};

export const LEVEL_WORDS: Readonly<Record<PageFinding['level'], string>> = {
  deny: 'denied',
  warn: 'warning',
  unsure: 'not judged',
  excepted: 'set aside by an exception',
};

/** The standing whose colour and mark a finding has. */
export const LEVEL_STANDING: Readonly<Record<PageFinding['level'], Standing>> = {
  deny: 'open',
  warn: 'warned',
  unsure: 'unsure',
  excepted: 'excepted',
};

/** A way as it is told beside its colour. */
export const WAY_WORDS: Readonly<Record<WayStanding, string>> = {
  open: 'should not be there',
  warned: 'to be looked at',
  meant: 'as it is meant',
};

/** Marks differ in shape, so that nobody has to tell colours apart. In a square of 16. */
const MARKS: Readonly<Record<Standing, string>> = {
  open: 'M8 1 15 8 8 15 1 8Z M5.5 5.5 10.5 10.5 M10.5 5.5 5.5 10.5',
  unsure: 'M2 2H14V14H2Z M6 6.2A2 2 0 1 1 8 8.4V9.4 M8 11.6V11.8',
  excepted: 'M8 1.5A6.5 6.5 0 1 1 8 14.5A6.5 6.5 0 1 1 8 1.5Z M8 1.5V14.5',
  warned: 'M8 1.5 15 14H1Z M8 6V9.5 M8 11.5V11.8',
  closed: 'M8 1.5A6.5 6.5 0 1 1 8 14.5A6.5 6.5 0 1 1 8 1.5Z M5 8.2 7.2 10.4 11 6',
};

/** The mark of a standing, 16 units wide, without a name: the word stands beside it, or its holder is named. */
export function mark(standing: Standing): SVGSVGElement {
  return s(
    'svg',
    { class: `mark ${standing}`, viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
    markPath(standing),
  );
}

export const markPath = (standing: Standing): SVGPathElement => s('path', { d: MARKS[standing] });
