// Opens pages of the built book with the network cut and looks at them; started by browser.py.
//
//   node visit.mjs BROWSER PARTS ADDRESS < VISITS
//
// PARTS holds node_modules, ADDRESS serves the book, and no other host can be reached. VISITS are lines of JSON: page;
// looks, each a name, a theme and a width, in which the open page is looked at one after the other; script, a function
// that is called in the page at each look and returns notes; axe, whether axe-core looks for faults; pictures, the file
// of a photograph for each look; pdf, a file into which the page is printed. For each visit a line of JSON is printed:
// `notes` by look, and what is `wrong`.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [executablePath, parts, address] = process.argv.slice(2);
const { chromium } = createRequire(join(parts, "package.json"))("playwright-core");
const axe = readFileSync(join(parts, "node_modules/axe-core/axe.min.js"), "utf8");
const CUT = ["--no-sandbox", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
const AT_ONCE = 3; // one page often waits for nothing but time

const visits = readFileSync(0, "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line, number) => ({ number, ...JSON.parse(line) }));
const browser = await chromium.launch({ executablePath, args: CUT });

async function visit({ number, page: name, looks, script, axe: isAsked, pictures, pdf }) {
  const context = await browser.newContext({ reducedMotion: "reduce" });
  // The theme's own script reads the mode from storage, so it is set before that script runs.
  await context.addInitScript((mode) => {
    localStorage.mode = localStorage.theme = mode;
  }, looks[0][1]);
  const page = await context.newPage();
  page.setDefaultTimeout(90000);
  const wrong = new Set(), notes = {};
  const isOurs = (/** @type {string} */ url) => /^(blob|data):/.test(url) || url.startsWith(address);
  page.on("request", (request) => isOurs(request.url()) || wrong.add(`asks ${request.url()}`));
  page.on("requestfailed", (request) => wrong.add(`${request.url()} failed: ${request.failure()?.errorText}`));
  page.on("response", (answer) => answer.status() < 400 || wrong.add(`${answer.url()} answers ${answer.status()}`));
  page.on("console", (message) => message.type() !== "error" || wrong.add(`console: ${message.text()}`));
  page.on("pageerror", (error) => wrong.add(`error: ${error.message.split("\n")[0]}`));
  const look = async (/** @type {[string, string, number]} */ [, theme, width]) => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: theme });
    await page.evaluate((mode) => {
      document.documentElement.dataset.theme = document.documentElement.dataset.mode = mode;
      return new Promise((go) => requestAnimationFrame(() => setTimeout(go, 100)));
    }, theme);
  };
  try {
    await page.setViewportSize({ width: looks[0][2], height: 900 });
    await page.goto(address + name, { waitUntil: "load" });
    await page.evaluate(() => window.MathJax?.startup?.promise);
    await page.waitForLoadState("networkidle");
    await page.waitForFunction(() =>
      Array.from(document.querySelectorAll("[data-lfes-explorer]")).every(({ dataset }) => dataset.waiting === "false"),
    );
    if (pdf) await page.emulateMedia({ media: "print" });
    for (const each of looks) {
      await look(each);
      if (script) notes[each[0]] = await page.evaluate(`(${script})()`);
      if (pictures) await page.screenshot({ path: pictures[each[0]], fullPage: true });
    }
    if (isAsked) {
      await page.waitForTimeout(600); // after a change of width the theme takes its time to let keys reach what scrolls
      for (const line of await faultsOf(page)) wrong.add(line);
    }
    if (pdf)
      await page.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true, outline: true, tagged: true });
  } catch (error) {
    wrong.add(`stopped: ${error.message.split("\n")[0]}`);
  }
  process.stdout.write(`${JSON.stringify({ number, notes, wrong: [...wrong] })}\n`);
  await context.close();
}

/** Serious faults that axe-core finds; contrast is the business of check_pages.js, which is quicker and looks at all themes. */
async function faultsOf(page) {
  await page.evaluate(axe);
  const options = { resultTypes: ["violations"], rules: { "color-contrast": { enabled: false } } };
  const { violations } = await page.evaluate((chosen) => window.axe.run(document, chosen), options);
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, impact, help, nodes }) => {
      const where = nodes.slice(0, 3).map(({ html }) => html.slice(0, 110).replace(/\s+/g, " "));
      return `${impact}: ${id}: ${help} (${nodes.length}): ${where.join(" | ")}`;
    });
}

async function next() {
  for (let each = visits.shift(); each; each = visits.shift()) await visit(each);
}
await Promise.all(Array.from({ length: AT_ONCE }, next));
await browser.close();
