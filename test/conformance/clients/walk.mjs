// What each client must come through. A client is a function that follows:
//
//   follow({ url, query, after, token, next, cut }) -> stop
//
// It subscribes with the query and the variable `after`, shows what token()
// gives, hands each response to next(), tells each end of a connection by
// cut(why), and then goes on after the last sequence, until stop() is called.
import { setTimeout as sleep } from 'node:timers/promises';

export const patience = 30_000;

const query = `subscription ($after: BigInt) {
  earningsChanged(after: $after) { sequence changes { earning { amount { amount } } } }
}`;

// walk takes one client through events, a cut, a drain and a token's end. The
// earning grows by 10 with each deal, so that what arrives tells of every loss
// and every repeat.
export async function walk({ url, control, follow, drained, expired }) {
  const earned = await ask(url, control);
  let { amount, sequence } = earned;
  let short = false;
  const got = [];
  const want = [];
  const cuts = [];

  const deal = async () => {
    await control('deal');
    amount += 10;
    want.push(amount.toFixed(2));
  };
  const arrived = async (what) => {
    await until(() => got.length >= want.length, () => `${what}: got ${got}, want ${want}; cut by ${cuts}`);
    await sleep(100); // for what comes twice
    same(what, got, want);
  };
  const ended = async (what, why) => {
    await until(() => cuts.some((cut) => String(cut) === String(why)), () => `${what}: cut by ${cuts}, not ${why}`);
    cuts.length = 0;
  };

  const begin = () =>
    follow({
      url,
      query,
      after: sequence,
      token: () => {
        const seconds = short ? 2 : 3600;
        short = false;
        return control(`token?seconds=${seconds}`);
      },
      next: ({ data: { earningsChanged }, extensions }) => {
        sequence = earningsChanged.sequence;
        if (extensions.sequence !== sequence) throw new Error(`the extension is ${extensions.sequence}, the event's ${sequence}`);
        got.push(...earningsChanged.changes.map((c) => c.earning.amount.amount));
      },
      cut: (why) => cuts.push(why),
    });
  let stop = begin();
  await deal();
  await arrived('a deal');

  await control('cut');
  await deal();
  await deal();
  await control('mend');
  await arrived('what was missed');
  await deal();
  await arrived('what comes after');

  cuts.length = 0;
  await control('drain');
  await ended('the server goes away', drained);
  await deal();
  await arrived('at the next server');

  await stop();
  cuts.length = 0;
  short = true;
  stop = begin();
  await ended('the token ends', expired);
  await deal();
  await arrived('with the next token');
  await stop();
}

async function ask(url, control) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await control('token?seconds=3600')}` },
    body: JSON.stringify({ query: '{ sequence earnings(first: 1) { nodes { amount { amount } } } }' }),
  });
  const { data } = await response.json();
  return { sequence: data.sequence, amount: Number(data.earnings.nodes[0]?.amount.amount ?? 0) };
}

async function until(holds, what) {
  for (const began = Date.now(); !holds(); await sleep(5)) {
    if (Date.now() - began > patience) throw new Error(what());
  }
}

function same(what, got, want) {
  if (String(got) !== String(want)) throw new Error(`${what}: got ${got}, want ${want}`);
}

// again subscribes once more each time that a subscription has ended.
export function again(subscribe) {
  let stopped = false;
  (async () => {
    while (!stopped) {
      try {
        await subscribe();
      } catch {
        // how it ended has been told
      }
      await sleep(200);
    }
  })();
  return () => {
    stopped = true;
  };
}
