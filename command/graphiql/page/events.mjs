// Subscriptions over server-sent events, read by fetch: unlike EventSource it
// sends a body and an Authorization header, so that no token is in a URL.

// parse gives the events of a stream as {event, data, id}.
export async function* parse(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text = (text + value).replace(/\r\n|\r(?=[^\n])/g, '\n');
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const event = { event: 'message', data: '', id: undefined };
      for (const line of text.slice(0, end).split('\n')) {
        const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
        if (name === 'data') event.data += (event.data && '\n') + value;
        else if (name === 'event' || name === 'id') event[name] = value;
      }
      yield event;
    }
  }
}

const longestPause = 8000;

// watch keeps a subscription going: send(lastEventId, signal) asks for the
// stream; whenever it breaks off, it is asked for again from the last event on.
// It gives a function that ends it. The observer is told of each next(result),
// of paused(milliseconds) before a further attempt, and once of complete() or
// error(reason).
export function watch(send, observer) {
  const aborter = new AbortController();
  run(send, observer, aborter.signal).then(
    () => aborter.signal.aborted || observer.complete(),
    (reason) => aborter.signal.aborted || observer.error(reason),
  );
  return () => aborter.abort();
}

async function run(send, observer, signal) {
  let last;
  for (let failures = 0; ; failures++) {
    try {
      const response = await send(last, signal);
      if (!isStream(response) && response.status < 500 && response.status !== 429) {
        observer.next(await response.json()); // refused: the answer says why
        return;
      }
      for await (const { event, data, id } of isStream(response) ? parse(response.body) : []) {
        if (event === 'complete') return;
        failures = 0;
        if (id) last = id;
        if (event === 'next') observer.next(JSON.parse(data));
      }
    } catch (reason) {
      if (signal.aborted || reason instanceof SyntaxError) throw reason;
    }
    const pause = Math.min(longestPause, 250 * 2 ** failures) * (0.5 + Math.random() / 2);
    observer.paused?.(pause);
    await sleep(pause, signal);
  }
}

const isStream = (response) => response.ok && (response.headers.get('Content-Type') ?? '').startsWith('text/event-stream');

const sleep = (milliseconds, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason); });
});
