// A comp admin's way through GraphiQL, typed as a person types it: tables, a plan
// with a target rate, an accelerator, a matrix and a gate, written, validated,
// approved by somebody else, given, calculated, explained to the cent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base, openPage, shot, startBrowser } from './kit.mjs';

// typed puts a text into the editor and runs it as somebody.
async function typed(page, who, text) {
  const roles = { admin: 'comp admin', finance: 'finance', ops: 'sales ops' };
  const options = await page.locator('#who option').allTextContents();
  await page.locator('#who').selectOption({ label: options.find((one) => one.endsWith(roles[who]) || one.endsWith(`a ${roles[who]}`)) });
  await page.locator('.graphiql-query-editor .CodeMirror').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
  await page.waitForFunction(() => {
    const editor = document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror;
    return editor.documentAST?.loc?.source.body === editor.getValue();
  });
  await page.evaluate(() => document.querySelector('.result-window .CodeMirror').CodeMirror.setValue(''));
  await page.locator('.graphiql-execute-button').click();
  await page.waitForFunction(() => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue() !== '' && !document.querySelector('.graphiql-spinner'));
  const { data, errors } = JSON.parse(await page.evaluate(() => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()));
  assert.equal(errors, undefined, `${text}: ${JSON.stringify(errors)}`);
  return data;
}

// made runs a mutation without user errors and gives its payload.
async function made(page, who, text) {
  const [payload] = Object.values(await typed(page, who, `mutation { ${text} }`));
  assert.deepEqual(payload.userErrors, [], text);
  return payload;
}

const fails = 'userErrors { path code message }';

test('a comp admin walks from an empty plan to an explained cent', async (t) => {
  const browser = await startBrowser(t);
  const page = await openPage(t, browser);
  await page.goto(`${base}/`);
  await page.locator('.graphiql-execute-button').waitFor();
  await page.waitForFunction(() => document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror.documentAST);

  const key = `WALK-${Date.now()}`;
  const found = await typed(page, 'admin', `{
    payees(where: {externalId: {eq: "E020"}}) { nodes { id assignments(last: 1) { nodes { position { id } } } } }
    calendars(first: 1) { nodes { id } }
    periods(where: {names: ["2026-Q4"]}) { nodes { id } }
  }`);
  const payee = found.payees.nodes[0];
  const [calendar, period] = [found.calendars.nodes[0].id, found.periods.nodes[0].id];

  // The expression first: what is wrong is said where it is.
  const wrong = await typed(page, 'admin', '{ validateExpression(environment: WINDOW, text: "attainment >= 0.5 and earnings(\'sales\') > 0") { type error { message line column } } }');
  assert.match(wrong.validateExpression.error.message, /earnings/);
  assert.equal(wrong.validateExpression.error.column, 23);
  const right = await typed(page, 'admin', '{ validateExpression(environment: WINDOW, text: "attainment >= 0.5", sample: [{name: "attainment", value: "0.6"}]) { type value error { message } } }');
  assert.deepEqual(right.validateExpression, { type: 'BOOLEAN', value: 'true', error: null });

  // What is measured, the quota, and the tables.
  const { measure } = await made(page, 'admin', `createMeasure(input: {key: "${key}", name: "Own sales", creditKinds: [DIRECT]}) { measure { id } ${fails} }`);
  await made(page, 'admin', `setQuotas(input: {quotas: [{positionId: "${payee.assignments.nodes[0].position.id}", measureId: "${measure.id}", periodId: "${period}", amount: "100000"}]}) { ${fails} }`);
  const { rateTable: accelerator } = await made(page, 'admin', `createRateTable(input: {key: "${key}-A", name: "Accelerator", version: {
    dimension: ATTAINMENT, cellKind: MULTIPLE_OF_TARGET_RATE, rows: [{from: "0", to: "1", cell: "1"}, {from: "1", cell: "1.5"}]
  }}) { rateTable { id } ${fails} }`);
  const { rateTable: matrix } = await made(page, 'admin', `createRateTable(input: {key: "${key}-M", name: "Quality", version: {
    dimensions: [{name: "attainment", expression: "attainment"}, {name: "deals", expression: "measure"}], cellKind: FRACTION_OF_TARGET,
    rows: [{keys: [{to: "1"}, {}], cell: "0"}, {keys: [{from: "1"}, {to: "1000"}], cell: "0.5"}, {keys: [{from: "1"}, {from: "1000"}], cell: "1.25"}]
  }}) { rateTable { id } ${fails} }`);

  // The plan: first with a gate that makes a circle, then as it is meant.
  const { plan } = await made(page, 'admin', `createPlan(input: {externalId: "${key}", name: "Account executives, walked"}) { plan { id } ${fails} }`);
  const version = (gate) => `createPlanVersion(input: {planId: "${plan.id}", number: 1, startDate: "2026-10-01", endDate: "2026-12-31", currency: "USD", calendarId: "${calendar}", components: [
    {key: "sales", measureId: "${measure.id}", payout: QUARTER, rateKind: TIERED, tierMode: MARGINAL, rateTableId: "${accelerator.id}", targetShare: "0.7",
     adjustments: [{kind: GATE, name: "half of quota", condition: "${gate}"}]}
    {key: "quality", measureId: "${measure.id}", payout: QUARTER, rateKind: MATRIX, rateTableId: "${matrix.id}", targetShare: "0.3"}
    {key: "kicker", payout: QUARTER, rateKind: FORMULA, formula: "earningOf('sales') > 9000 ? round(earningOf('sales') * 0.1, 2) : 0"}
  ]}) { planVersion { id version } ${fails} }`;
  const refused = await typed(page, 'admin', `mutation { ${version("earningOf('kicker') >= 0")} }`);
  assert.deepEqual(refused.createPlanVersion.userErrors.map((one) => `${one.path.join('.')} ${one.code}`), ['input.components.0 CYCLE']);
  await shot(page, 'walk-refused');
  const { planVersion } = await made(page, 'admin', version('attainment >= 0.5'));

  // Another one than the author approves it.
  await made(page, 'admin', `submitPlanVersion(input: {id: "${planVersion.id}", ifVersion: 1}) { planVersion { state } ${fails} }`);
  const own = await typed(page, 'admin', `mutation { approvePlanVersion(input: {id: "${planVersion.id}", ifVersion: 2}) { ${fails} } }`);
  assert.equal(own.approvePlanVersion.userErrors[0].code, 'SAME_PERSON');
  await made(page, 'finance', `approvePlanVersion(input: {id: "${planVersion.id}", ifVersion: 2}) { planVersion { state } ${fails} }`);
  const { planVersion: live } = await made(page, 'finance', `publishPlanVersion(input: {id: "${planVersion.id}", ifVersion: 3}) { planVersion { state } ${fails} }`);
  assert.equal(live.state, 'PUBLISHED');
  await made(page, 'admin', `assignPlan(input: {externalId: "${key}", planId: "${plan.id}", payeeId: "${payee.id}", startDate: "2026-10-01", endDate: "2026-12-31", targetIncentive: {amount: "40000", currency: "USD"}}) { planAssignment { id } ${fails} }`);

  // Before the sale: nothing, with the reason. Then the sale, and a run.
  const earned = `{ earnings(where: {payeeId: {eq: "${payee.id}"}, periodId: {eq: "${period}"}, planId: {eq: "${plan.id}"}}, first: 50) { nodes { componentKey why measure amount { amount }
    explanation { verified root { children { kind label amount value rate children { kind label amount value rate } } } } } } }`;
  const mine = async () => {
    const all = (await typed(page, 'admin', earned)).earnings.nodes;
    assert.ok(all.every((one) => one.explanation.verified), 'an explanation does not recompute');
    return Object.fromEntries(all.map((one) => [one.componentKey, one]));
  };
  await made(page, 'admin', `runCalculation(input: {periodId: "${period}"}) { run { id } ${fails} }`);
  const before = await until(mine, (all) => all.sales);
  const sold = Number(before.sales.measure); // the demo's own deals
  const deal = await made(page, 'ops', `recordTransactions(input: {transactions: [{source: "WALK", externalId: "${key}", kind: "BOOKING", eventDate: "2026-12-10", amount: "${(120000 - sold).toFixed(2)}", currency: "USD", sellers: [{payee: "E020"}]}]}) { created rows { errors { path message } } ${fails} }`);
  assert.equal(deal.created, 1, JSON.stringify(deal));
  const after = await until(mine, (all) => Number(all.sales.measure) === 120000);

  // 40,000 a year is 10,000 a quarter: the target rate, and one
  // and a half times that for the 20,000 above quota.
  const share = 40000 / 4;
  const near = (got, want) => assert.ok(Math.abs(Number(got) - want) < 0.011, `${got}, not ${want}`);
  near(after.sales.amount.amount, 0.7 * share * (1 + 0.2 * 1.5));
  near(after.quality.amount.amount, 0.3 * share * 1.25);
  near(after.kicker.amount.amount, Number(after.sales.amount.amount) > 9000 ? Number(after.sales.amount.amount) * 0.1 : 0);
  assert.equal(after.sales.why, 'PAID');
  const says = after.sales.explanation.root.children.map((one) => one.label).join('; ');
  for (const what of ['targetRate=TARGET/QUOTA', 'tierMode=MARGINAL', 'gate holds: half of quota']) assert.ok(says.includes(what), says);
  await shot(page, 'walk-explained');
});

// until asks again until the answer is as wanted.
async function until(ask, wanted) {
  for (const end = Date.now() + 30_000; ;) {
    const got = await ask();
    if (wanted(got)) return got;
    assert.ok(Date.now() < end, `it never came: ${JSON.stringify(got).slice(0, 500)}`);
  }
}
