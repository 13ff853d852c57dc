// Takes what relay-compiler made through Relay's own store: pages of lists, pages
// of lists of a node, and one object anew.
import { deepStrictEqual as same } from 'node:assert';

import relay from 'relay-runtime';

import { ask, folder } from './schema.mjs';

const { Environment, Network, RecordSource, Store, createOperationDescriptor, fetchQuery, getSelector } = relay;

const artifact = async (name) => (await import(new URL(`relay/${name}.graphql.js`, folder))).default;

// A session is an environment that asks one server.
function session({ url, token }) {
  let asked = 0;
  const environment = new Environment({
    network: Network.create(async (request, variables) => {
      asked++;
      return ask(url, token, request.text, variables);
    }),
    store: new Store(new RecordSource()),
  });
  const kept = [];
  return {
    count: () => asked,
    // fetch asks the server, and gives what the query reads from the store.
    async fetch(name, variables) {
      const request = await artifact(name);
      kept.push(environment.retain(createOperationDescriptor(request, variables)));
      return fetchQuery(environment, request, variables, { fetchPolicy: 'network-only' }).toPromise();
    },
    async read(name, reference) {
      const { data, isMissingData } = environment.lookup(getSelector(await artifact(name), reference));
      if (isMissingData) throw new Error(`${name}: the store lacks something of ${JSON.stringify(data)}`);
      return data;
    },
  };
}

// everyPage reads a list's fragment, and asks for the next page until there is
// none, as usePaginationFragment does: by the query and variables that the
// compiler put beside the fragment. It gives what the store then has of it.
async function everyPage(s, name, reference, count, extra = {}) {
  const { refetch } = (await artifact(name)).metadata;
  const { forward } = refetch.connection;
  const at = (data) => refetch.connection.path.reduce((value, key) => value[key], data);
  const operation = (refetch.operation.default ?? refetch.operation).params.name;
  let data = await s.read(name, reference);
  let pages = 1;
  for (; at(data).pageInfo.hasNextPage; pages++) {
    const id = refetch.identifierInfo ? { [refetch.identifierInfo.identifierQueryVariableName]: data[refetch.identifierInfo.identifierField] } : {};
    await s.fetch(operation, { ...extra, ...id, [forward.count]: count, [forward.cursor]: at(data).pageInfo.endCursor });
    const before = at(data).edges.length;
    data = await s.read(name, reference);
    if (at(data).edges.length <= before) throw new Error(`${name}: page ${pages + 1} added nothing`);
  }
  return { data, pages, ids: at(data).edges.map(({ node }) => node.id ?? node.credit.id), edges: at(data).edges };
}

// walk pages everything, and compares it with what one page of all has.
export async function walk({ url, token, payee, period }) {
  const s = session({ url, token });
  const whole = async (query, variables) => (await ask(url, token, query, variables)).data;
  const ids = (connection) => connection.nodes.map(({ id }) => id);
  let pages = 0;
  const paged = async (what, want, ...page) => {
    const got = await everyPage(s, ...page);
    same(got.ids, want, what);
    if (got.pages < 2) throw new Error(`${what}: ${want.length} in one page`);
    pages += got.pages;
    return got;
  };

  const payees = await paged('payees', ids((await whole('{ payees(first: 250) { nodes { id } } }')).payees), 'payees_list', await s.fetch('payeesQuery', { count: 2 }), 2);
  await refetched(s, payees, whole);

  const sales = (await whole('{ transactions(first: 250) { nodes { id credits(first: 250) { nodes { id } } } } }')).transactions;
  const asked = { credits: 1 };
  const sold = await paged('transactions', ids(sales), 'transactions_list', await s.fetch('transactionsQuery', { count: 2, ...asked }), 2, asked);
  for (const [i, { node }] of sold.edges.entries()) {
    await paged(`credits of ${node.externalId}`, ids(sales.nodes[i].credits), 'transactions_credits', node, 1);
  }

  await earnings({ s, paged, whole, payee, period });

  const plans = (await whole('{ plans(first: 250) { nodes { id versions(first: 250) { nodes { id } } } } }')).plans;
  const drawn = await paged('plans', ids(plans), 'plans_list', await s.fetch('plansQuery', { count: 1, versions: 1 }), 1, { versions: 1 });
  const { nodes } = plans;
  const most = nodes.findIndex((plan) => plan.versions.nodes.length > 1);
  await paged('versions', ids(nodes[most].versions), 'plans_versions', drawn.edges[most].node, 1);
  return `${pages} pages, ${s.count()} operations`;
}

async function earnings({ s, paged, whole, payee, period }) {
  const where = { payeeId: { eq: payee } };
  const all = (await whole(`query ($where: EarningWhere) { earnings(where: $where, first: 250) { nodes { id lines(first: 250) { nodes { credit { id } } } } } }`, { where })).earnings;
  const got = await paged('earnings', all.nodes.map(({ id }) => id), 'earnings_list', await s.fetch('earningsQuery', { where, count: 1, lines: 2 }), 1, { where, lines: 2 });
  const most = all.nodes.findIndex((earning) => earning.lines.nodes.length > 2);
  await paged('lines', all.nodes[most].lines.nodes.map(({ credit }) => credit.id), 'earnings_lines', got.edges[most].node, 2);

  const { statement } = await whole(`query ($p: ID!, $m: ID!) { statement(payeeId: $p, periodId: $m) { earnings(first: 250) { nodes { id } } } }`, { p: payee, m: period });
  const shown = await s.fetch('statementQuery', { payee, period, count: 1 });
  await paged('a statement', statement.earnings.nodes.map(({ id }) => id), 'statement_earnings', shown.statement, 1);
}

// refetched has another client change a payee, and the store learn it by the
// payee's id alone.
async function refetched(s, payees, whole) {
  const { node } = payees.edges[0];
  const row = await s.read('payees_row', node);
  const name = `${row.name} anew`;
  const input = { id: row.id, ifVersion: row.version, name };
  const { updatePayee } = await whole('mutation ($i: UpdatePayeeInput!) { updatePayee(input: $i) { userErrors { code message } } }', { i: input });
  same(updatePayee.userErrors, []);
  same((await s.read('payees_row', node)).name, row.name);
  await s.fetch('payeesRowQuery', { id: row.id });
  same((await s.read('payees_row', node)).name, name);
}
