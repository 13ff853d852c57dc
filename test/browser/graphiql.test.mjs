// GraphiQL as a newcomer uses it: each tab is run, somebody else asks, a deal is
// recorded and the pay seen to move.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base, noSidewaysScrolling, openPage, phone, recordDeal, shot, startBrowser, startProxy, timed, wide } from './kit.mjs';

const answer = (page) => page.evaluate(() => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue());

async function start(t, browser, options) {
  const page = await openPage(t, browser, options);
  await page.goto(`${options?.url ?? base}/`);
  await page.locator('.graphiql-execute-button').waitFor();
  await page.waitForFunction(() => document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror.documentAST);
  return page;
}

// choose opens a tab by its place, from 0, and waits until it is parsed.
async function choose(page, place) {
  const tab = page.locator('.graphiql-tab-button').nth(place);
  await tab.click();
  await page.waitForFunction(([tab]) => {
    const editor = document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror;
    return tab.getAttribute('aria-selected') !== 'false' && editor.documentAST?.loc?.source.body === editor.getValue();
  }, [await tab.elementHandle()]);
}

// press starts the tab's operation, or the one of a name.
async function press(page, operation) {
  const button = page.locator('.graphiql-execute-button');
  for (let more = 4; ; more--) { // the page may close the menu while it is still reading the document
    await button.click();
    if (!operation) return;
    try {
      return await page.getByRole('menuitem', { name: operation, exact: true }).click({ timeout: more ? 3000 : undefined });
    } catch (late) {
      if (!more) throw late;
      await page.keyboard.press('Escape');
    }
  }
}

// run runs an operation and gives what came.
async function run(page, operation) {
  await page.evaluate(() => document.querySelector('.result-window .CodeMirror').CodeMirror.setValue(''));
  await press(page, operation);
  await page.waitForFunction(() => {
    const text = document.querySelector('.result-window .CodeMirror').CodeMirror.getValue();
    return text !== '' && !document.querySelector('.graphiql-spinner');
  });
  return JSON.parse(await answer(page));
}

const tabs = [
  [undefined], [undefined], ['RecordADeal'], ['WriteAPlan', 'SayWhatItPays', 'SubmitIt', 'ApproveIt', 'PublishIt', 'GiveIt'],
  [undefined], ['WhatIsWrong', 'MendTheSpelling', 'WhatIsWrong'],
];

// fine: every root has data, and nobody complains.
function fine(result, what) {
  assert.equal(result.errors, undefined, `${what}: ${JSON.stringify(result.errors)}`);
  for (const [name, root] of Object.entries(result.data)) {
    assert.ok(root, `${what}: ${name} is null`);
    assert.deepEqual(root.userErrors ?? [], [], `${what}: ${name}`);
  }
}

test('GraphiQL', async (t) => {
  const browser = await startBrowser(t);

  for (const [name, viewport] of Object.entries({ wide, phone })) {
    await t.test(`every tab runs as it stands, ${name}`, async (t) => {
      const page = await start(t, browser, { viewport });
      assert.equal(await page.locator('.graphiql-tab-button').count(), tabs.length);
      for (const [place, operations] of tabs.entries()) {
        await choose(page, place);
        for (const operation of operations) {
          const result = await run(page, operation);
          fine(result, operation ?? `tab ${place + 1}`);
          if (place === 0) assert.ok(result.data.earnings.nodes.every((one) => one.explanation.verified), 'an explanation does not recompute');
          if (place === 1) assert.ok(result.data.earnings.totalCount > 5, 'the manager sees no team');
          if (place === 4) assert.ok(result.data.statement.totals[0].amount > 0, 'the statement is empty');
          if (operation === 'MendTheSpelling') assert.ok(result.data.addProductAlias.product.aliases.includes('Fleet Veiw'));
        }
        await noSidewaysScrolling(page);
        await shot(page, `graphiql-${name}-${place + 1}`);
      }
    });

    await t.test(`a deal moves the pay, ${name}`, async (t) => {
      const page = await start(t, browser, { viewport });
      await choose(page, 2);
      await press(page, 'WatchMyPay');
      await page.getByText('listening as Hassan Aziz').waitFor();
      await timed(`GraphiQL, ${name}: from the click to the changed amount`, async () => {
        const before = await answer(page);
        await page.evaluate(() => { document.getElementById('status').textContent = ''; });
        const began = performance.now();
        await page.getByRole('button', { name: 'Record a deal' }).click();
        await page.waitForFunction((before) => {
          const now = document.querySelector('.result-window .CodeMirror').CodeMirror.getValue();
          return now !== before && now !== '';
        }, before, { polling: 10 });
        const took = performance.now() - began;
        const { changes } = JSON.parse(await answer(page)).data.earningsChanged;
        const commission = changes.find((one) => one.earning.componentName === 'Commission');
        assert.ok(Number(commission.earning.amount.amount) > Number(commission.previous.amount), JSON.stringify(changes));
        return took;
      });
      assert.match(await page.locator('#status').textContent(), /told Hassan Aziz \d+ ms after the deal/);
      await shot(page, `graphiql-${name}-live`);
    });
  }

  await t.test('the picker changes who asks', async (t) => {
    const page = await start(t, browser, { allowed: ['401'] });
    const names = await page.locator('#who option').allTextContents();
    assert.deepEqual(names.slice(0, 2), ['Hassan Aziz (suggested)', 'Hassan Aziz, a rep']);
    const own = await run(page);
    assert.equal(own.data.viewer.payee.name, 'Hassan Aziz');
    await page.locator('#who').selectOption({ label: 'Clara Jansen, a manager' });
    const team = await run(page);
    assert.equal(team.data.viewer.payee.name, 'Clara Jansen');
    assert.ok(team.data.earnings.nodes.length > own.data.earnings.nodes.length, 'the manager sees no more than the rep');
    await page.locator('#who').selectOption({ label: 'nobody: no token' });
    assert.equal((await run(page)).errors[0].extensions.code, 'UNAUTHENTICATED');
    await page.locator('#who').selectOption({ label: 'the bearer of a token …' });
    await page.locator('#token').fill('eyJnot.a.token');
    await page.locator('#token').press('Enter');
    await page.locator('.graphiql-execute-button').waitFor();
    assert.equal((await run(page)).errors[0].extensions.code, 'UNAUTHENTICATED');
    await choose(page, 1); // another tab has its own choice
    assert.equal((await run(page)).data.viewer.payee.name, 'Clara Jansen');
    await choose(page, 0);
    assert.equal((await run(page)).errors[0].extensions.code, 'UNAUTHENTICATED');
  });

  await t.test('the docs explain the schema', async (t) => {
    const page = await start(t, browser);
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByText('from what a company sold to what each person earned').waitFor();
    await page.locator('.graphiql-doc-explorer-content').getByRole('link', { name: 'Query' }).or(page.locator('.graphiql-doc-explorer-type-name', { hasText: /^Query$/ })).first().click();
    await page.getByText('Earnings that you may see').first().waitFor();
    await shot(page, 'graphiql-wide-docs');
  });

  await t.test('tabs are kept, and come back as they were', async (t) => {
    const page = await start(t, browser);
    await page.evaluate(() => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue('query Mine { viewer { roles } }'));
    await page.locator('.graphiql-tab-button', { hasText: 'Mine' }).waitFor();
    await page.waitForFunction(() => Object.entries(localStorage).some(([key, value]) => key.endsWith('graphiql:tabState') && value.includes('Mine')));
    await page.reload();
    await page.locator('.graphiql-tab-button', { hasText: 'Mine' }).waitFor();
    await page.getByRole('button', { name: 'Reset tabs' }).click();
    await page.locator('.graphiql-tab-button', { hasText: 'MyEarnings' }).waitFor();
    assert.equal(await page.locator('.graphiql-tab-button').count(), tabs.length);
  });

  await t.test('a cut stream goes on where it was', async (t) => {
    const proxy = await startProxy(t);
    const page = await start(t, browser, { url: proxy.url, allowed: ['ERR_'] });
    const asked = [];
    page.on('request', (request) => request.headers().accept === 'text/event-stream' && asked.push(request.headers()['last-event-id']));
    await choose(page, 2);
    await press(page, 'WatchMyPay');
    await page.getByText('listening as').waitFor();
    await recordDeal('1000');
    await page.getByText('something moved').waitFor();
    const first = JSON.parse(await answer(page)).extensions.sequence;
    proxy.cut();
    await page.getByText('the stream broke off').waitFor();
    await recordDeal('1000');
    proxy.mend();
    await page.waitForFunction((first) => Number(JSON.parse(document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()).extensions.sequence) > first, Number(first));
    assert.equal(asked[0], undefined);
    assert.equal(asked.at(-1), first);
  });
});
