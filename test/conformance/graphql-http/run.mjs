// Runs the 61 server audits of graphql-http against a URL:
//
//   npm ci && node run.mjs http://localhost:8080/graphql
//
// The server must serve GET and let the caller read the schema (the audits ask
// for __type). AUTHORIZATION, if set, is sent as that header. Ends with 1 if an
// audit does not pass, warnings and notices among them.
import { serverAudits } from 'graphql-http';

const url = process.argv[2];
if (!url) {
  console.error('usage: node run.mjs URL');
  process.exit(2);
}

const authorization = process.env.AUTHORIZATION;

const fetchFn = (target, init = {}) => {
  if (!authorization) return fetch(target, init);
  return fetch(target, { ...init, headers: { ...init.headers, authorization } });
};

let passed = 0;
let failed = 0;
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn();
  if (result.status === 'ok') {
    passed++;
    continue;
  }
  failed++;
  console.log(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
