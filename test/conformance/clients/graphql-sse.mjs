import { createClient } from 'graphql-sse';
import { setTimeout as sleep } from 'node:timers/promises';

import { again } from './walk.mjs';

// Its own retry sends the headers anew: Last-Event-ID says what to go on after.
export function follow({ url, query, after, token, next, cut }) {
  const client = createClient({
    url,
    headers: async () => ({ authorization: `Bearer ${await token()}`, 'last-event-id': after }),
    retryAttempts: Infinity,
    retry: () => sleep(200),
    on: { connecting: (again) => again && cut('end') },
  });
  const stop = again(async () => {
    for await (const response of client.iterate({ query, variables: { after } })) {
      if (!response.data) {
        cut(response.errors[0].extensions.code); // then it completes
        continue;
      }
      after = response.extensions.sequence;
      next(response);
    }
  });
  return () => {
    stop();
    client.dispose();
  };
}
