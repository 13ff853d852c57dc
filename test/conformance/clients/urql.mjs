import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { onEnd, pipe, subscribe } from 'wonka';

import { socket } from './graphql-ws.mjs';
import { again } from './walk.mjs';

// A follower subscribes until the source ends, which it does after an error too.
// The end repeats the last response, which is not handed on.
function newFollower() {
  let subscription;
  return {
    until: (client, query, after, next) =>
      new Promise((resolve) => {
        subscription = pipe(
          client.subscription(query, { after }),
          onEnd(resolve),
          subscribe((response) => {
            if (response.error || response.hasNext) next(response);
          }),
        );
      }),
    stop: () => subscription?.unsubscribe(),
  };
}

// Over WebSocket, by graphql-ws below it.
export function followBySocket({ url, query, after, token, next, cut }) {
  const ws = socket({ url, token, cut });
  const client = new Client({
    url,
    exchanges: [
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: ws.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
  const follower = newFollower();
  const stop = again(() =>
    follower.until(client, query, after, (response) => {
      if (!response.data) return;
      after = response.extensions.sequence;
      next(response);
    }),
  );
  return () => {
    stop();
    return ws.dispose();
  };
}

// Over server-sent events, by its own fetch exchange.
export function followByEvents({ url, query, after, token, next, cut }) {
  let authorization;
  const client = new Client({
    url,
    preferGetMethod: false,
    fetchSubscriptions: true,
    fetchOptions: () => ({ headers: { authorization } }),
    exchanges: [fetchExchange],
  });
  const follower = newFollower();
  const stop = again(async () => {
    authorization = `Bearer ${await token()}`;
    let why = 'end';
    await follower.until(client, query, after, (response) => {
      const code = response.error?.graphQLErrors[0]?.extensions.code;
      if (code) why = code;
      if (!response.data) return;
      after = response.extensions.sequence;
      next(response);
    });
    cut(why);
  });
  return () => {
    stop();
    follower.stop();
  };
}
