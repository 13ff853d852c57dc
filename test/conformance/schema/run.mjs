// Runs what front ends are built with over the schema that a server serves, and
// what they make of it against that server:
//
//   npm ci && node run.mjs URL TOKEN PAYEE PERIOD
//
// PAYEE has earnings in PERIOD, which are more than a page. Ends with 1 if one
// has a finding.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { generate } from './codegen.mjs';
import { walk } from './relay.mjs';
import { bring, folder } from './schema.mjs';

const [url, token, payee, period] = process.argv.slice(2);
if (!period) {
  console.error('usage: node run.mjs URL TOKEN PAYEE PERIOD');
  process.exit(2);
}

let failed = 0;
async function step(name, run) {
  const began = Date.now();
  try {
    const said = await run();
    console.log(`${name}: passed in ${((Date.now() - began) / 1000).toFixed(1)} s: ${said}`);
  } catch (error) {
    failed++;
    console.log(`${name}: FAILED ${error.stack}`);
  }
}

// tool runs a program of node_modules.
function tool(path, ...args) {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const { status, error, stdout, stderr } = spawnSync(process.execPath, [`node_modules/${path}`, ...args], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${path} ${args.join(' ')}: ${error ?? status}\n${stdout}${stderr}`);
  return stdout + stderr;
}

rmSync(folder, { recursive: true, force: true });
let schema;
await step('schema', async () => {
  schema = await bring(url, token);
  return `${Object.keys(schema.getTypeMap()).length} types`;
});
await step('@graphql-eslint', () => {
  tool('eslint/bin/eslint.js', '--max-warnings=0', 'generated/schema.graphql');
  return 'no finding beside those of eslint.config.js';
});
await step('@graphql-codegen', async () => {
  const { operations, lines } = await generate(schema);
  tool('typescript/bin/tsc', '--project', '.');
  return `${operations} operations, ${lines} lines that tsc --strict takes`;
});
await step('relay-compiler', () => {
  const said = tool('relay-compiler/cli.js', 'relay.config.json');
  if (/error|warn/i.test(said)) throw new Error(said);
  return said.match(/\d+ reader.*/)[0];
});
await step('relay-runtime', () => walk({ url, token, payee, period }));
console.log(failed === 0 ? 'all passed' : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
