// What GraphiQL's page makes of documents and of event streams.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose, fill, suggested } from '../../command/graphiql/page/document.mjs';
import { parse, watch } from '../../command/graphiql/page/events.mjs';

const stream = (...pieces) => new ReadableStream({
  start(controller) {
    for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
    controller.close();
  },
});

test('events are parsed however they are cut into pieces', async () => {
  const text = ': hello\n\nevent: next\nid: 7\ndata: {"a":"é\\n"}\n\r\nevent:next\r\ndata: one\r\ndata:two\r\n\r\nevent: complete\n\n';
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at <= bytes.length; at++) {
    const all = [];
    const pieces = new ReadableStream({ start(c) { c.enqueue(bytes.slice(0, at)); c.enqueue(bytes.slice(at)); c.close(); } });
    for await (const one of parse(pieces)) all.push(one);
    assert.deepEqual(all.filter((one) => one.data || one.event !== 'message'), [
      { event: 'next', data: '{"a":"é\\n"}', id: '7' }, { event: 'next', data: 'one\ntwo', id: undefined }, { event: 'complete', data: '', id: undefined },
    ], `cut at ${at}`);
  }
});

test('a stream that breaks off is asked for again, from its last event on', async () => {
  const asked = [], seen = [];
  const streams = [
    stream('event: next\nid: 4\ndata: 1\n\n', 'event: next\nid: 5\ndata: 2\n\n'),
    null, // nobody answers
    stream('event: next\nid: 6\ndata: 3\n\nevent: complete\n\n'),
  ];
  await new Promise((resolve, reject) => watch(async (last) => {
    asked.push(last);
    const body = streams.shift();
    if (!body) throw new TypeError('refused');
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
  }, { next: (one) => seen.push(one), complete: resolve, error: reject }));
  assert.deepEqual(seen, [1, 2, 3]);
  assert.deepEqual(asked, [undefined, '5', '5']);
});

test('what is refused is told, and not asked again', async () => {
  const seen = [];
  let asked = 0;
  await new Promise((resolve, reject) => watch(async () => {
    asked++;
    return new Response('{"errors":[{"message":"no"}]}', { status: 401, headers: { 'Content-Type': 'application/json' } });
  }, { next: (one) => seen.push(one), complete: resolve, error: reject }));
  assert.deepEqual(seen, [{ errors: [{ message: 'no' }] }]);
  assert.equal(asked, 1);
});

const document = `# Above all.

# As Ann Lee: first
query One { a ...F }

fragment F on Query { b ...G }
fragment G on Query { c }
fragment H on Query { d }

# 2. As Bob Roy:
# $key = "K-{now}"
# $id = things(last: 1) { nodes { id } }
mutation Two($key: String!, $id: ID!) { e }
`;

// A parser would give these; the page has GraphiQL's.
const syntax = {
  definitions: [...document.matchAll(/^(query|mutation|fragment) (\w+).*$/gm)].map((match) => ({
    kind: match[1] === 'fragment' ? 'FragmentDefinition' : 'OperationDefinition', operation: match[1], name: { value: match[2] },
    loc: { start: match.index, end: match.index + match[0].length },
  })),
};

test('an operation is cut out with its fragments and its comment', () => {
  const one = choose(document, syntax, 'One');
  assert.equal(one.text, 'query One { a ...F }\nfragment F on Query { b ...G }\nfragment G on Query { c }');
  const people = [{ name: 'Bob Roy' }, { name: 'Ann Lee' }];
  assert.equal(suggested(one.comment, people).name, 'Ann Lee');
  const two = choose(document, syntax, 'Two');
  assert.equal(two.text, 'mutation Two($key: String!, $id: ID!) { e }');
  assert.equal(two.kind, 'mutation');
  assert.equal(suggested(two.comment, people).name, 'Bob Roy');
  assert.equal(choose('{ broken', undefined, undefined).text, '{ broken');
});

test('variables are filled in as the comment says, unless they are given', async () => {
  const { comment } = choose(document, syntax, 'Two');
  const asked = [];
  const ask = async (query) => { asked.push(query); return { things: { nodes: [{ id: 'thing_1' }] } }; };
  const filled = await fill(comment, {}, ask);
  assert.match(filled.key, /^K-\d{8}-\d{6}-\d{3}$/);
  assert.equal(filled.id, 'thing_1');
  assert.deepEqual(asked, ['{ things(last: 1) { nodes { id } } }']);
  assert.deepEqual(await fill(comment, { key: 'mine', id: 'yours' }, ask), {});
});
