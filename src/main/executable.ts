import { main } from './cli.ts';

/**
 * Where the single executable starts. Node.js runs no ES module in one, and in a CommonJS module nothing at the top can be waited for: until the
 * command has ended, the exit status is that of a run which could not judge.
 */
process.exitCode = 2;
main();
