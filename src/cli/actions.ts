import { runCheck } from './check.ts';
import { completionScript } from './completion.ts';
import { runGenerate } from './generate.ts';
import { runReach } from './reach.ts';
import { runExplain, runRules } from './rules.ts';
import { runScan } from './scan.ts';

/** The commands that judge and explain: loaded as one, since every module more costs a start more than its text does. */
export const ACTIONS = { runCheck, runReach, runScan, runGenerate, runExplain, runRules, completionScript } as const;
