import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { again } from './walk.mjs';

globalThis.WebSocket ??= WebSocket; // Node before 22 has none, and Apollo's link asks for it by name

// socket is a client that leaves coming back to us, who know what to go on
// after: its own retry would subscribe with the variables of the first time.
export function socket({ url, token, cut }) {
  return createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: async () => ({ Authorization: `Bearer ${await token()}` }),
    retryAttempts: 0,
    on: { closed: ({ code }) => cut(code) },
  });
}

export function follow({ url, query, after, token, next, cut }) {
  const client = socket({ url, token, cut });
  const stop = again(async () => {
    for await (const response of client.iterate({ query, variables: { after } })) {
      if (!response.data) continue; // its errors say why, and the close code follows
      after = response.extensions.sequence;
      next(response);
    }
  });
  return () => {
    stop();
    return client.dispose();
  };
}
