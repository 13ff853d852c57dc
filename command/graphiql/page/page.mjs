// The page at /: GraphiQL, with a choice of who asks, and tabs that run as they
// stand. It talks to /graphql only; tokens go into headers, never into a URL.
import { choose, fill, suggested } from './document.mjs';
import { watch } from './events.mjs';

// The nonce of this page, for the libraries that add a style of their own.
globalThis.__webpack_nonce__ = document.querySelector('script[nonce]').nonce;

const element = (id) => document.getElementById(id);
const say = (text) => { element('status').textContent = text; };

// What the server has for this page: people with tokens (of a demo, to programs
// of its machine alone) and tabs.
const setup = await (await fetch('/graphiql/setup.json')).json();
let people = await loadPeople();

async function loadPeople() {
  for (;;) {
    const response = setup.people && await fetch('/graphiql/people.json');
    if (response?.status !== 503) return response?.ok ? (await response.json()).people : [];
    say('the demo is still loading …');
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

// Who asks: whom the tab suggests, unless another was picked for it.
const suggestion = 'suggested', nobody = 'nobody', typed = 'typed';
const picks = new Map(); // id of a tab -> value of the picker
let tab;

function offer() {
  const who = element('who');
  const option = (value, text) => who.add(new Option(text, value));
  if (people.length > 0) option(suggestion, '');
  for (const one of people) option(one.subject, `${one.name}, ${one.role}`);
  option(typed, 'the bearer of a token …');
  option(nobody, 'nobody: no token');
  element('token').value = sessionStorage.getItem('spm:token') ?? '';
  who.addEventListener('change', () => { picks.set(tab, who.value); picked(); });
  const take = () => {
    const given = element('token').value.trim();
    if (given === sessionStorage.getItem('spm:token')) return;
    sessionStorage.setItem('spm:token', given);
    render(); // reads the schema anew
  };
  element('token').addEventListener('change', take);
  element('typed').addEventListener('submit', (event) => { event.preventDefault(); take(); });
}

function picked() {
  const value = picks.get(tab) ?? (people.length > 0 ? suggestion : typed);
  element('who').value = value;
  element('typed').hidden = value !== typed;
}

// suggest says in the picker whom a tab names.
function suggest(query) {
  const named = people.filter((one) => suggested(query, [one]));
  const option = element('who').querySelector(`[value=${suggestion}]`);
  if (option) option.textContent = named.length > 1 ? 'whom each operation names' : `${(named[0] ?? people[0]).name} (suggested)`;
}

// asker is who sends an operation: {name, token}.
async function asker(comment) {
  const value = element('who').value;
  if (value === nobody) return { name: 'nobody' };
  if (value === typed) return { name: 'the bearer of the token', token: element('token').value.trim() };
  const find = () => value === suggestion ? suggested(comment, people) ?? people[0] : people.find((one) => one.subject === value);
  if (Date.parse(find().expires) < Date.now() + 60_000) people = await loadPeople();
  return find();
}

// send puts a request to the API.
function send(who, body, more = {}) {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json', ...more.headers };
  if (who.token) headers.Authorization = `Bearer ${who.token}`;
  return fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(body), signal: more.signal });
}

// prepare makes a request of an operation: cut out, with its variables filled in.
async function prepare(operation, variables = {}) {
  const who = await asker(operation.comment);
  const filled = await fill(operation.comment, variables, async (query) => {
    const { data, errors } = await (await send(who, { query })).json();
    if (errors) throw new Error(`${query} as ${who.name}: ${errors[0].message}`);
    return data;
  });
  return { who, filled, body: { query: operation.text, operationName: operation.name, variables: { ...variables, ...filled } } };
}

const told = (filled) => Object.entries(filled).map(([name, value]) => `, $${name} = ${String(value).replace(/^([a-z]+_.{4}).{12,}$/, '$1…')}`).join('');

let listening = 0; // running subscriptions
let recorded; // when a deal was sent that none of them has told of

// fetcher is what GraphiQL calls to run an operation.
async function fetcher(params, { documentAST: syntax, headers } = {}) {
  const fresh = syntax?.loc?.source.body === params.query; // GraphiQL parses a moment after an edit
  const operation = choose(params.query, fresh ? syntax : undefined, fresh ? params.operationName : undefined);
  if (params.operationName === 'IntrospectionQuery') {
    return (await send(await asker(''), params)).json();
  }
  const { who, filled, body } = await prepare(operation, params.variables);
  if (operation.kind === 'subscription') return subscribe(who, body, headers);
  const began = performance.now();
  const result = await (await send(who, body, { headers })).json();
  say(`asked as ${who.name} in ${Math.round(performance.now() - began)} ms${told(filled)}`);
  return result;
}

const subscribe = (who, body, headers) => ({
  subscribe(observer) {
    listening++;
    say(`listening as ${who.name} …`);
    const stop = watch(
      (last, signal) => send(who, body, { signal, headers: { ...headers, Accept: 'text/event-stream', ...(last && { 'Last-Event-ID': last }) } }),
      {
        next(result) {
          say(recorded ? `told ${who.name} ${Math.round(performance.now() - recorded)} ms after the deal was sent` : `listening as ${who.name}: something moved`);
          recorded = undefined;
          observer.next(result);
        },
        paused: (pause) => say(`the stream broke off; once more in ${Math.ceil(pause / 1000)} s …`),
        complete() { listening--; say('the server has ended the stream'); observer.complete(); },
        error(reason) { listening--; observer.error(reason); },
      },
    );
    return { unsubscribe() { listening--; stop(); say(''); } };
  },
});

// The button records a deal while a subscription of the same tab is running,
// which GraphiQL alone cannot: it runs one operation at a time.
let dealTab;

async function recordDeal() {
  const began = performance.now();
  try {
    const { who, body } = await prepare(choose(dealTab.query, dealTab.syntax, setup.deal));
    recorded = listening > 0 ? began : undefined;
    const { data, errors } = await (await send(who, body)).json();
    const problem = errors?.[0] ?? Object.values(data)[0].userErrors[0];
    const row = Object.values(data ?? {})[0]?.rows?.[0];
    if (problem) say(`not recorded: ${problem.message}`);
    else if (recorded || listening === 0) say(`${who.name} recorded ${row.externalId}: ${Math.round(performance.now() - began)} ms`);
  } catch (reason) {
    say(`not recorded: ${reason.message}`);
  }
}

// onTabChange is told of each edit too. The tab that the page began with gets its
// id from GraphiQL, and is known by its place until then.
function onTabChange({ tabs, activeTabIndex }) {
  if (typeof tab === 'number') {
    const { id } = tabs[tab] ?? {};
    if (picks.has(tab)) picks.set(id, picks.get(tab));
    tab = id;
  }
  const { id, query } = tabs[activeTabIndex];
  suggest(query ?? '');
  offerDeal(query ?? '');
  if (id !== tab) {
    tab = id;
    picked();
    say('');
  }
}

function offerDeal(query) {
  const begins = query.search(new RegExp(`(^#.*\n)*^mutation ${setup.deal}\\b`, 'm'));
  element('deal').hidden = !setup.deal || people.length === 0 || begins < 0;
  // The operation with its comment; it stands last in its tab.
  if (begins >= 0) dealTab = { query: query.slice(begins) };
}

// storage keeps the tabs of this server and version apart from others'.
function storage(prefix) {
  const own = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  return {
    getItem: (key) => localStorage.getItem(prefix + key),
    setItem: (key, value) => localStorage.setItem(prefix + key, value),
    removeItem: (key) => localStorage.removeItem(prefix + key),
    clear: () => own().forEach((key) => localStorage.removeItem(key)),
    get length() { return own().length; },
  };
}

const kept = storage(`spm:${setup.version}:`);
const root = ReactDOM.createRoot(element('graphiql'));
let generation = 0;

// begin shows the tabs that were kept, or those of the server.
function begin() {
  generation++;
  const { tabs, activeTabIndex } = JSON.parse(kept.getItem('graphiql:tabState')) ?? { tabs: setup.tabs.map((query) => ({ query })), activeTabIndex: 0 };
  tab = tabs[activeTabIndex].id ?? activeTabIndex;
  suggest(tabs[activeTabIndex].query ?? '');
  offerDeal(tabs[activeTabIndex].query ?? '');
  picked();
  render();
}

// render draws GraphiQL; given another function, it asks for the schema again.
function render() {
  root.render(React.createElement(GraphiQL, {
    key: generation, fetcher: (...all) => fetcher(...all), storage: kept, onTabChange, defaultTabs: setup.tabs.map((query) => ({ query })),
    defaultEditorToolsVisibility: false, shouldPersistHeaders: false, isHeadersEditorEnabled: true, inputValueDeprecation: true, schemaDescription: true,
  }, React.createElement(GraphiQL.Logo, null, ' ')));
}

// Long lines are wrapped: a phone is narrow.
new MutationObserver(() => {
  const editor = document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror;
  if (editor && !editor.getOption('lineWrapping')) editor.setOption('lineWrapping', true);
}).observe(element('graphiql'), { childList: true, subtree: true });

element('anew').addEventListener('click', () => { kept.clear(); picks.clear(); say(''); begin(); });
element('deal').addEventListener('click', recordDeal);
offer();
begin();
