import { EventSource } from 'eventsource';

import { again } from './walk.mjs';

// An EventSource comes back by itself, with Last-Event-ID. It must be told to
// stop once the server has completed: then the token has ended, and the next
// one is in another address.
export function follow({ url, query, after, token, next, cut }) {
  let source;
  const stop = again(async () => {
    const address = new URL(url);
    address.searchParams.set('query', query);
    address.searchParams.set('variables', JSON.stringify({ after }));
    address.searchParams.set('access_token', await token());
    source = new EventSource(address);
    let why = 'end';
    await new Promise((resolve) => {
      source.addEventListener('next', ({ data, lastEventId }) => {
        const response = JSON.parse(data);
        if (!response.data) {
          why = response.errors[0].extensions.code;
          return;
        }
        after = lastEventId;
        next(response);
      });
      source.addEventListener('complete', resolve);
      source.addEventListener('error', () => {
        cut('end');
        if (source.readyState === EventSource.CLOSED) resolve(); // it was refused
      });
    });
    source.close();
    cut(why);
  });
  return () => {
    stop();
    source?.close();
  };
}
