// One Chromium and a page in it, with what a test asks of them.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--font-render-hinting=none'];

export class Browser {
  static async open(url) {
    const out = new Browser();
    out.folder = mkdtempSync(join(tmpdir(), 'rekindle-browser-'));
    out.context = await chromium.launchPersistentContext(out.folder, {
      executablePath: '/usr/bin/chromium', args: QUIET, viewport: {width: 1280, height: 860}, colorScheme: 'light', reducedMotion: 'reduce'});
    out.page = out.context.pages()[0] ?? await out.context.newPage();
    out.page.setDefaultTimeout(30_000);
    out.problems = [];
    out.page.on('pageerror', (error) => out.problems.push('page: ' + error.message));
    out.page.on('console', (line) => { if (line.type() === 'error') out.problems.push('console: ' + line.text()); });
    out.page.on('request', (request) => { if (!request.url().startsWith(url)) out.problems.push('asks elsewhere: ' + request.url()); });
    await out.page.goto(url);
    return out;
  }

  async close() {
    await this.context.close();
    rmSync(this.folder, {recursive: true, force: true});
  }

  text(selector) { return this.page.locator(selector).first().innerText(); }

  // As a number: "1 234" and "2e-4" too.
  async number(selector) { return Number((await this.text(selector)).replace(/[\s\u202f]/g, '')); }

  // Whether it comes true in time; what it threw or saw last is in the message where it does not.
  async until(what, condition, seconds = 30) {
    const end = Date.now() + seconds * 1000;
    let last;
    while (Date.now() < end) {
      last = await condition();
      if (last) return last;
      await this.page.waitForTimeout(100);
    }
    throw new Error(`${what}: not within ${seconds} s`);
  }

  // In both colours, and as a phone shows it where that is asked for.
  async pictures(folder, name, {phone = false} = {}) {
    const sizes = phone ? [['', 1280, 860], ['-phone', 390, 844]] : [['', 1280, 860]];
    for (const [size, width, height] of sizes) {
      await this.page.setViewportSize({width, height});
      for (const colorScheme of ['light', 'dark']) {
        await this.page.emulateMedia({colorScheme});
        await this.page.waitForTimeout(300);
        await this.page.screenshot({path: join(folder, `${name}${size}-${colorScheme}.png`)});
      }
    }
    await this.page.setViewportSize({width: 1280, height: 860});
    await this.page.emulateMedia({colorScheme: 'light'});
  }
}

export function check(holds, message) {
  if (!holds) throw new Error(message);
}
