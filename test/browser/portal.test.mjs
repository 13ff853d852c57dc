// The example page: a rep's pay, live, opened from a file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base, noSidewaysScrolling, openPage, person, phone, portal, recordDeal, shot, startBrowser, startProxy, timed, wide } from './kit.mjs';

const percent = (text) => Number(text.replace(/[^\d.-]/g, ''));
const cents = (text) => Math.round(Number(text.replace(/[^\d.-]/g, '')) * 100);

// start opens the page with tokens in its fragment.
async function start(t, browser, { url = base, role = 'a rep', ...options } = {}) {
  const page = await openPage(t, browser, options);
  const [who, ops] = [await person(role), await person('sales ops')];
  await page.goto(`${portal}#${new URLSearchParams({ url: `${url}/graphql`, token: who.token, deal: ops.token })}`);
  await page.locator('#live[data-state=live]').waitFor();
  return page;
}

test('portal', async (t) => {
  const browser = await startBrowser(t);

  for (const [name, viewport, colorScheme] of [['wide', wide, 'light'], ['phone', phone, 'light'], ['phone-dark', phone, 'dark']]) {
    await t.test(`a deal moves the pay, ${name}`, async (t) => {
      const page = await start(t, browser, { viewport, colorScheme });
      assert.ok(!page.url().includes('#'), 'the tokens stay in the address');
      assert.equal(await page.locator('#name').textContent(), 'Hassan Aziz');
      await shot(page, `portal-${name}-1-opened`, { fullPage: true });
      await timed(`portal, ${name}: from the click to the moved amount`, async () => {
        const total = await page.locator('#total').textContent(); // read before the click: the pay may move before a click returns
        const before = cents(total);
        const reached = percent(await page.locator('#attainment').textContent());
        await page.locator('#amount').fill('12000');
        const began = performance.now();
        await page.getByRole('button', { name: 'Record it' }).click();
        await page.waitForFunction((before) => document.getElementById('total').textContent !== before, total, { polling: 10 });
        const took = performance.now() - began;
        await page.locator('#dealStatus[data-milliseconds]').waitFor();
        const delta = cents(await page.locator('#totalDelta .delta').textContent());
        assert.ok(delta > 0);
        assert.equal(cents(await page.locator('#total').textContent()), before + delta);
        assert.ok(percent(await page.locator('#attainment').textContent()) > reached, 'the gauge stays');
        assert.match(await page.locator('#moved li').first().textContent(), /2026-Q4: [\d,.]+ → [\d,.]+ USD/);
        return took;
      });
      await noSidewaysScrolling(page);
      await shot(page, `portal-${name}-2-moved`, { fullPage: true });
    });

    await t.test(`an amount is explained, ${name}`, async (t) => {
      const page = await start(t, browser, { viewport, colorScheme });
      const row = page.locator('#components button', { hasText: 'Commission' });
      await row.focus();
      await page.keyboard.press('Enter');
      await page.getByText('which is what is paid').waitFor();
      await noSidewaysScrolling(page);
      await shot(page, `portal-${name}-3-why`);
      const amount = cents(await page.locator('.tree .sum span').last().textContent());
      const leaves = await page.locator('.tree li').evaluateAll((all) => all.filter((one) => !one.querySelector('ul')).map((one) => one.querySelector('.node > span:last-child').textContent.replaceAll(',', '')));
      assert.equal(Math.round(leaves.reduce((sum, one) => sum + Number(one), 0) * 100), amount);
      assert.ok(leaves.length > 10);
      await page.keyboard.press('Escape');
      await page.locator('#why').waitFor({ state: 'hidden' });
      assert.ok(await row.evaluate((one) => one === document.activeElement), 'the focus is lost');
    });
  }

  await t.test('by hand, with mistakes that are told plainly', async (t) => {
    const page = await openPage(t, browser, { allowed: ['ERR_', '401', 'CORS'] });
    await page.goto(portal);
    await shot(page, 'portal-wide-0-connect');
    const connect = async (url, token) => {
      await page.getByLabel('The API\'s URL').fill(url);
      await page.getByLabel('Access token', { exact: true }).fill(token);
      await page.getByRole('button', { name: 'Show my pay' }).click();
    };
    await connect('http://127.0.0.1:9/graphql', 'x');
    await page.getByRole('alert').filter({ hasText: 'Is the server running' }).waitFor();
    await connect(`${base}/graphql`, 'eyJno.to.ken');
    await page.getByRole('alert').filter({ hasText: 'token' }).waitFor();
    await connect(`${base}/graphql`, (await person('a rep')).token);
    await page.locator('#live[data-state=live]').waitFor();
    await page.getByLabel('Token of somebody').fill((await person('a rep')).token);
    await page.getByRole('button', { name: 'Record it' }).click();
    await page.getByRole('alert').filter({ hasText: 'may not record deals' }).waitFor();
    await shot(page, 'portal-wide-4-refused', { fullPage: true });
    await page.reload(); // the tab remembers
    await page.locator('#live[data-state=live]').waitFor();
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('button', { name: 'Show my pay' }).waitFor();
  });

  await t.test('a comp admin chooses whose, and records with the same token', async (t) => {
    const page = await start(t, browser, { role: 'comp admin' });
    await page.getByLabel('Whose').selectOption('Hassan Aziz');
    await page.locator('#name', { hasText: 'Hassan Aziz' }).waitFor();
    await page.locator('#live[data-state=live]').waitFor();
    await page.getByLabel('Quarter').selectOption('2026-Q1');
    await page.locator('#sumTitle', { hasText: '2026-Q1' }).waitFor();
    await page.locator('#components', { hasText: '7,413.07 USD' }).waitFor();
    assert.ok(await page.locator('#dealTokenLabel').isHidden());
  });

  await t.test('what happens while it is cut off is neither lost nor doubled', async (t) => {
    const proxy = await startProxy(t);
    const page = await start(t, browser, { url: proxy.url, allowed: ['ERR_'] });
    await recordDeal('2000');
    const moves = page.locator('#moved li', { hasText: 'Commission' });
    await moves.first().waitFor();
    for (let n = 2; n <= 4; n++) {
      proxy.cut();
      await page.locator('#live[data-state=waiting]').waitFor();
      await recordDeal('2000');
      proxy.mend();
      await page.locator('#live[data-state=live]').waitFor();
      await moves.nth(n - 1).waitFor();
    }
    const steps = (await moves.locator('.what').allTextContents()).reverse().map((one) => one.match(/: ([\d,.]+) → ([\d,.]+)/).slice(1).map(cents));
    assert.equal(steps.length, 4);
    for (let n = 1; n < steps.length; n++) assert.equal(steps[n][0], steps[n - 1][1], `the steps do not join: ${JSON.stringify(steps)}`);
    const now = await page.locator('#components button', { hasText: 'Commission' }).locator('.amount').textContent();
    assert.equal(cents(now), steps.at(-1)[1]);
  });
});
