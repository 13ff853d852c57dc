import { ApolloClient, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';

import { socket } from './graphql-ws.mjs';
import { again } from './walk.mjs';

export function follow({ url, query, after, token, next, cut }) {
  const ws = socket({ url, token, cut });
  const client = new ApolloClient({ link: new GraphQLWsLink(ws), cache: new InMemoryCache() });
  const document = gql(query);
  const stop = again(
    () =>
      new Promise((resolve) => {
        client.subscribe({ query: document, variables: { after }, fetchPolicy: 'no-cache' }).subscribe({
          next: (response) => {
            if (!response.data) return; // response.error says why; it completes
            after = response.extensions.sequence;
            next(response);
          },
          error: resolve,
          complete: resolve,
        });
      }),
  );
  return () => {
    stop();
    client.stop();
    return ws.dispose();
  };
}
