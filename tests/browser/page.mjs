// The live page of a daemon whose stream begins when this script has said "open" on standard output, and drifts at "calm".
// usage: node page.mjs URL TOKEN FOLDER_FOR_PICTURES
import {Browser, check} from './browser.mjs';

const [url, token, folder] = process.argv.slice(2);
const LONG = Boolean(process.env.REKINDLE_PICTURES);  // Pictures for the documents show more of the past.
const rateTile = '#tiles > div:nth-child(1) .value';

const say = (text) => console.log(text);

// The stream waits for the page: a browser that is slow to start would see only what is left of the schedule.
async function calm(it) {
  say('open');
  await it.until('the page says that it learns', async () => (await it.text('#state')).startsWith('learning'));
  const first = await it.until('the page shows a rate', () => it.number(rateTile));
  await it.until('the rate falls to a tenth', async () => await it.number(rateTile) < first / 10, 90);
  await it.until('there is a verdict with its cause', async () => (await it.text('#verdict-cause')).length > 20 && !(await it.text('#verdict-word')).startsWith('No '));
  check((await it.text('#loss-values')).includes('constant rate'), 'the loss has no baseline beside it');
  check((await it.text('#ahead-values')).includes('updates'), 'the schedule ahead is not shown');
  check((await it.text('#partitions')).includes('clicks [0]'), 'the partition is not shown');
  await it.until('the strongest inputs are named', async () => /^x\d+/.test(await it.text('#weights')));
  check(await it.page.locator('.flag').count() === 0, 'there is a mark before anything happened');
  await it.page.waitForTimeout(LONG ? 20_000 : 0);
  await it.pictures(folder, 'calm');
  say('calm');
}

async function drift(it) {
  const before = await it.number(rateTile);
  await it.until('the mark of the drift', async () => (await it.page.locator('#lr .flag', {hasText: 'restart'}).count()) > 0);
  await it.until('the rate jumps', async () => await it.number(rateTile) > before * 3);
  await it.until('the incident is listed', async () => (await it.page.locator('.incident').count()) > 0);
  const card = await it.text('.incident');
  for (const part of ['Evidence', 'Response', 'restart; rate', 'Loss']) check(card.includes(part), `the incident does not say "${part}": ${card}`);
  await it.pictures(folder, 'drift');
  await it.until('it recovers', async () => (await it.text('.incident .chip')).startsWith('recovered after'), 60);
  await it.page.waitForTimeout(LONG ? 15_000 : 1500);
  await it.pictures(folder, 'recovery', {phone: true});
}

async function press(it, selector) {
  const before = await it.text('#answer');
  await it.page.click(selector);
  return it.until(`${selector} is answered`, async () => { const text = await it.text('#answer'); return text !== before && text; });
}

async function steer(it) {
  const refused = await press(it, '[data-action=restart]');
  check(refused.includes('bearer token'), `without the token: ${refused}`);
  check(await it.page.evaluate(() => document.activeElement.id) === 'token', 'the token is not asked for');
  await it.page.keyboard.type(token);
  await it.page.fill('#rate', '');
  check((await press(it, '[data-action=pin]')).includes('Which rate?'), 'pin without a rate is not refused');
  await it.page.keyboard.type('0.0123');  // The field has the focus.
  await it.page.keyboard.press('Enter');
  await it.until('the rate is pinned', async () => await it.number(rateTile) === 0.0123);
  await it.until('the page says that it is', async () => (await it.text('#tiles > div:nth-child(1)')).includes('pinned by command'));
  await it.until('the command is marked', async () => (await it.page.locator('.mark.command').count()) > 0);
  check((await press(it, '[data-action=unpin]')).includes('0.0123 \u2192'), 'unpin does not tell the rate');
  await it.until('the schedule has the rate again', async () => (await it.text('#tiles > div:nth-child(1)')).includes('cycle'));
  await it.page.click('[data-action=lr-find]');
  await it.until('the rates are searched beside the learner', async () => /It is in the field|never fell/.test(await it.text('#answer')), 60);
  const found = (await it.text('#answer')).includes('It is in the field');  // A learner that knows its stream may find none.
  check(!found || Number(await it.page.inputValue('#rate')) > 0, 'what lr-find found is not in the field');
  // By keyboard alone.
  await it.page.locator('[data-action=restart]').focus();
  await it.page.keyboard.press('Space');
  await it.until('restart is answered', async () => (await it.text('#answer')).startsWith('restart: done'));
  await it.until('the rate has jumped', async () => await it.number(rateTile) > 0.02);
  await press(it, '#pause');
  await it.until('it is paused', async () => (await it.text('#state')) === 'paused' && (await it.text('#pause')) === 'Resume');
  await press(it, '#pause');
  await it.until('it goes on', async () => (await it.text('#state')).startsWith('learning'));
}

// Arrow keys read a chart, + zooms in, Escape shows all.
async function keyboard(it) {
  await it.page.focus('#loss');
  for (let i = 0; i < 5; ++i) await it.page.keyboard.press('ArrowLeft');
  check((await it.page.getAttribute('#loss', 'aria-valuetext')).includes('sample'), 'a chart has no words');
  check((await it.text('#when')).includes('sample'), 'the time under the cursor is not shown');
  const all = await it.page.locator('#lr .mark').count();
  await it.page.click('[data-last="60"]');
  check(await it.page.getAttribute('[data-last="60"]', 'aria-pressed') === 'true', 'the last minute is not marked as chosen');
  await it.page.focus('#loss');
  await it.page.keyboard.press('+');
  await it.page.keyboard.press('Escape');
  await it.until('all is shown again', async () => (await it.page.locator('#lr .mark').count()) >= all);
}

async function phone(it) {
  await it.page.setViewportSize({width: 390, height: 844});
  await it.page.waitForTimeout(300);
  const wide = await it.page.evaluate(() => document.documentElement.scrollWidth);
  check(wide <= 390, `the page is ${wide} wide on a phone of 390`);
}

// What a phone has to load before it shows something, as it is sent.
async function size(it) {
  const sent = await it.page.evaluate(() => performance.getEntries()
    .filter((one) => one.entryType === 'navigation' || one.name.includes('/page/')).reduce((sum, one) => sum + one.encodedBodySize, 0));
  check(sent > 20_000 && sent < 100_000, `the page is ${sent} bytes`);
}

const it = await Browser.open(url);
try {
  await size(it);
  await calm(it);
  await drift(it);
  await steer(it);
  await keyboard(it);
  await phone(it);
  const problems = it.problems.filter((one) => !one.includes('401'));  // The refused command, which the browser reports as well.
  check(problems.length === 0, problems.join('\n'));
  say('done');
} catch (error) {
  await it.page.screenshot({path: folder + '/failed.png', fullPage: true});
  console.error(error.message, '\n', it.problems.join('\n'));
  process.exitCode = 1;
} finally {
  await it.close();
}
