import { readFileSync } from 'node:fs';

/** Prints the package.json of the image: what identifies the program, and `type`, which tells Node.js that its files are ES modules. */
const { name, version, description, license, type } = JSON.parse(readFileSync('package.json', 'utf8'));
process.stdout.write(`${JSON.stringify({ name, version, description, license, type })}\n`);
