// What the browser tests share: a Chromium, the demo's people, a way to cut
// connections, and screenshots.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

// base is the address of a demo, without a slash at its end.
export const base = process.env.DEMO_URL;
assert.ok(base, 'DEMO_URL is the address of a demo: .ci/browser starts one');

const screenshots = process.env.SCREENSHOTS;
if (screenshots) mkdirSync(screenshots, { recursive: true });

export const wide = { width: 1400, height: 900 };
export const phone = { width: 390, height: 844 };

export const portal = 'file://' + fileURLToPath(new URL('../../examples/portal.html', import.meta.url));

// withinASecond is how soon after a deal the pay is to be seen to move.
export const withinASecond = 1000;

// browser is started once for a file of tests.
export async function startBrowser(t) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  t.after(() => browser.close());
  return browser;
}

// openPage gives a page that must stay clean: no error, nothing that the
// policy of the page forbids, no request elsewhere, and no token in a URL.
export async function openPage(t, browser, { viewport = wide, colorScheme = 'light', allowed = [] } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, locale: 'en-US', deviceScaleFactor: 1 });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !allowed.some((one) => message.text().includes(one))) complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.hostname !== '127.0.0.1') complaints.push(`request to ${url.host}`);
    if (request.url().includes('eyJ') && url.protocol !== 'file:') complaints.push(`a token in ${request.url()}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });
  return page;
}

// shot keeps what a page looks like where SCREENSHOTS names a directory.
export async function shot(page, name, options = {}) {
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`), ...options });
}

// person gives one of the demo's people by role.
export async function person(role) {
  const response = await fetch(`${base}/graphiql/people.json`);
  assert.equal(response.status, 200);
  const found = (await response.json()).people.find((one) => one.role === role);
  assert.ok(found, `nobody is ${role}`);
  return found;
}

export async function ask(who, query, variables) {
  const response = await fetch(`${base}/graphql`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${who.token}` }, body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

let deals = 0;

// recordDeal records one of the rep's behind the page's back.
export async function recordDeal(amount) {
  const { recordTransactions: done } = await ask(await person('sales ops'), `mutation($deal: TransactionInput!) {
    recordTransactions(input: {transactions: [$deal]}) { created userErrors { message } rows { errors { message } } }
  }`, { deal: { source: 'TEST', externalId: `T-${Date.now()}-${++deals}`, kind: 'BOOKING', eventDate: '2026-12-15', amount, currency: 'USD', sellers: [{ payee: 'E018' }] } });
  assert.equal(done.created, 1, JSON.stringify(done));
}

// startProxy stands between a page and the server, and can cut what passes.
export async function startProxy(t) {
  const { hostname, port } = new URL(base);
  const sockets = new Set();
  let open = true;
  const server = createServer((near) => {
    if (!open) return near.destroy();
    const far = connect(port, hostname);
    for (const [one, other] of [[near, far], [far, near]]) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => { sockets.delete(one); other.destroy(); });
      one.pipe(other);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => { open = false; for (const one of sockets) one.destroy(); };
  t.after(() => { cut(); server.close(); });
  return { url: `http://127.0.0.1:${server.address().port}`, cut, mend() { open = true; } };
}

// timed does something five times, and up to twelve where the machine is so busy
// that it is not done within a second: the fastest shows what the product takes,
// the others what the machine has to do besides. It prints all.
export async function timed(what, once) {
  const times = [];
  while (times.length < 5 || times.length < 12 && Math.min(...times) >= withinASecond) times.push(await once());
  console.log(`${what}: ${times.map((one) => `${Math.round(one)} ms`).join(', ')}`);
  assert.ok(Math.min(...times) < withinASecond, `${what} never came within a second`);
}

// noSidewaysScrolling: a page fits its window.
export async function noSidewaysScrolling(page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `the page is ${over} pixels too wide`);
}
