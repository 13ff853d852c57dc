// Records a batch of deals, waits until the pay that follows from them has
// arrived, and says what it was, what it is, and why.
//
//   TOKEN=$(go run ../.. token --role COMP_ADMIN) PAYEE=E018 npm start
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import type { PayChangesSubscription, TransactionInput, TypedDocumentString } from "./gql/graphql.js";
import { graphql } from "./gql/index.js";

const url = process.env["URL"] ?? "http://127.0.0.1:8080/graphql";
const token = process.env["TOKEN"] ?? "";
const payeeKey = process.env["PAYEE"] ?? ""; // your key of the payee who sold it
const day = process.env["DAY"] ?? "2026-12-31";
const batch = process.env["BATCH"] ?? "T1"; // the same name again changes nothing
const patience = 60_000; // milliseconds to wait for the pay

const FindPayee = graphql(`
  query FindPayee($payee: String!) {
    payees(where: { externalId: { eq: $payee } }) { nodes { id name } }
  }
`);

const Earnings = graphql(`
  query Earnings($payee: ID!, $day: Date!) {
    sequence
    earnings(where: { payeeId: { eq: $payee }, periodStart: { lte: $day }, periodEnd: { gte: $day } }) {
      nodes { period { name } componentName amount { amount currency } }
    }
  }
`);

const RecordDeals = graphql(`
  mutation RecordDeals($deals: [TransactionInput!]!, $key: String!) {
    recordTransactions(input: { transactions: $deals }) @idempotent(key: $key) {
      sequence replayed created revised
      rows { externalId status exceptionCount errors { path code message } }
      userErrors { path code message }
    }
  }
`);

const PayChanges = graphql(`
  subscription PayChanges($payee: ID!, $after: BigInt) {
    earningsChanged(payeeId: $payee, after: $after) {
      sequence
      changes {
        previous { amount }
        earning {
          period { name } componentName amount { amount currency } calculatedThrough
          explanation { root { children { kind amount value rate credit { transaction { externalId } } } } }
        }
      }
    }
  }
`);

type Change = NonNullable<PayChangesSubscription["earningsChanged"]>["changes"][number];

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions: { code: string; retryable: boolean } }[];
}

const sleep = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

// ask sends a document, and sends it again where it got lost or the server says
// that it may: the one mutation has an idempotency key, which makes that safe.
async function ask<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    let answer: Answer<Result>;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: document.toString(), variables }),
      });
      answer = (await response.json()) as Answer<Result>;
    } catch (error) {
      answer = { errors: [{ message: String(error), extensions: { code: "LOST", retryable: true } }] };
    }
    const problem = answer.errors?.[0];
    if (!problem && answer.data) return answer.data;
    if (attempt === 3 || !problem?.extensions.retryable) throw new Error(`${problem?.extensions.code}: ${problem?.message}`);
    await sleep(attempt * 200);
  }
}

// The third deal is wrong, to show that it costs none of the others.
const deals = ["12000.00", "800.50", "1,000"].map((amount, i): TransactionInput => ({
  source: "example", externalId: `${batch}-${i + 1}`, kind: "BOOKING", eventDate: day,
  amount, currency: "USD", sellers: [{ payee: payeeKey }],
}));

// record sends the batch and says what became of each row. userErrors are about
// the batch as a whole: where there is any, no row was taken.
async function record() {
  const { recordTransactions: recorded } = await ask(RecordDeals, { deals, key: `batch ${batch}` });
  if (!recorded) throw new Error("no answer");
  for (const e of recorded.userErrors) throw new Error(`${e.path.join(".")}: ${e.code}: ${e.message}`);
  for (const row of recorded.rows ?? []) {
    console.log(`${row.externalId} ${row.status}`);
    for (const e of row.errors) console.log(`  ${e.path.join(".")}: ${e.code}: ${e.message}`);
    if (row.exceptionCount > 0) console.log("  it credits nobody until its exceptions are mended: ask creditingExceptions");
  }
  return recorded;
}

// show says what an earning was and is, and which parts of its explanation are
// about our deals.
function show({ previous, earning }: Change) {
  if (!earning) return;
  const { amount, currency } = earning.amount;
  console.log(`${earning.period?.name} ${earning.componentName}: ${previous?.amount ?? "new"} -> ${amount} ${currency}`);
  for (const why of earning.explanation?.root.children ?? []) {
    const deal = why.credit?.transaction?.externalId;
    if (deal?.startsWith(`${batch}-`)) console.log(`  ${deal}: ${why.value} x ${why.rate ?? "several rates"} = ${why.amount}`);
    if (["MEASURE", "QUOTA", "ATTAINMENT"].includes(why.kind)) console.log(`  ${why.kind.toLowerCase()} ${why.value}`);
  }
}

// follow shows what changes of the payee's pay, from what was shown before until
// an earning includes what was recorded. Where the connection is cut the client
// subscribes again with the same variables, so that after, which moves on with
// each event, makes it go on where it was.
async function follow(payee: string, after: string | null | undefined, recorded: bigint) {
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: () => ({ Authorization: `Bearer ${token}` }), // asked at each connection: give a fresh one
  });
  const giveUp = setTimeout(() => void client.dispose(), patience);
  const variables = { payee, after };
  try {
    for await (const { data, errors } of client.iterate<PayChangesSubscription>({ query: PayChanges.toString(), variables })) {
      if (errors) throw new Error(errors.map((e) => `${e.extensions?.["code"]}: ${e.message}`).join(", "));
      const event = data?.earningsChanged;
      if (!event) continue;
      const arrived = event.changes.filter(({ earning }) => earning && BigInt(earning.calculatedThrough) >= recorded);
      arrived.forEach(show);
      if (arrived.length > 0) return;
      variables.after = event.sequence;
    }
    throw new Error("the pay did not arrive in time");
  } finally {
    clearTimeout(giveUp);
    await client.dispose();
  }
}

const payee = (await ask(FindPayee, { payee: payeeKey })).payees?.nodes[0];
if (!payee) throw new Error(`there is no payee "${payeeKey}", or not one that you may see`);
const before = await ask(Earnings, { payee: payee.id, day });
console.log(`${payee.name} before`);
for (const e of before.earnings?.nodes ?? []) {
  console.log(`  ${e.period?.name} ${e.componentName}: ${e.amount.amount} ${e.amount.currency}`);
}
const recorded = await record();
if (recorded.replayed || recorded.created + recorded.revised === 0) {
  console.log("known already: nothing changes");
} else {
  await follow(payee.id, before.sequence, BigInt(recorded.sequence ?? 0));
}
