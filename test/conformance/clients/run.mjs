// Takes each client through walk.mjs:
//
//   node run.mjs URL CONTROL [CLIENT ...]
//
// CONTROL is the address by which the test records deals, cuts connections,
// ends servers and hands out tokens; clients_test.go serves it. Ends with 1 if
// a client does not come through.
import * as apollo from './apollo.mjs';
import * as eventsource from './eventsource.mjs';
import * as sse from './graphql-sse.mjs';
import * as ws from './graphql-ws.mjs';
import * as urql from './urql.mjs';
import { walk } from './walk.mjs';

const bySocket = { drained: 1001, expired: 4403 };
const byEvents = { drained: 'end', expired: 'UNAUTHENTICATED' };
const clients = {
  'graphql-ws': { follow: ws.follow, ...bySocket },
  'graphql-sse': { follow: sse.follow, ...byEvents },
  apollo: { follow: apollo.follow, ...bySocket },
  'urql over WebSocket': { follow: urql.followBySocket, ...bySocket },
  'urql over events': { follow: urql.followByEvents, ...byEvents },
  EventSource: { follow: eventsource.follow, drained: 'end', expired: 'UNAUTHENTICATED' },
};

const [url, controlURL, ...chosen] = process.argv.slice(2);
if (!controlURL) {
  console.error('usage: node run.mjs URL CONTROL [CLIENT ...]');
  process.exit(2);
}

async function control(what) {
  const response = await fetch(`${controlURL}/${what}`, { method: 'POST' });
  if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
  return response.text();
}

let failed = 0;
let passed = 0;
for (const [name, client] of Object.entries(clients)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const began = Date.now();
  try {
    await walk({ url, control, ...client });
    passed++;
    console.log(`${name}: passed in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    failed++;
    console.log(`${name}: ${error.stack}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
