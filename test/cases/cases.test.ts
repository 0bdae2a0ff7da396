import { testCases } from './run-case.ts';

// Nothing is built here, whatever the machine has: cases that are, are in test/cases-built.
testCases(new URL('.', import.meta.url), () => ({ PATH: '' }));
