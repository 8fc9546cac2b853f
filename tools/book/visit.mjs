// Opens pages of the built book with the network cut and looks at them; started by browser.py.
//
//   node visit.mjs BROWSER PARTS ADDRESS < VISITS
//
// PARTS holds node_modules, ADDRESS serves the book, and no other host can be reached. VISITS are lines of JSON: page,
// look (theme and width), script (a function that is called in the page and returns notes), axe (whether axe-core looks
// for faults), picture (the file of a photograph), pdf (a file: the page is printed). For each a line of JSON is printed: `notes`, and what is `wrong`.

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

async function visit({ number, page: name, theme, width, script, axe: isAsked, picture, pdf }) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: theme,
    reducedMotion: "reduce",
  });
  // The theme's own script reads the mode from storage, so it is set before that script runs.
  await context.addInitScript((mode) => {
    localStorage.mode = localStorage.theme = mode;
  }, theme);
  const page = await context.newPage();
  page.setDefaultTimeout(90000);
  const wrong = new Set();
  const isOurs = (/** @type {string} */ url) => /^(blob|data):/.test(url) || url.startsWith(address);
  page.on("request", (request) => isOurs(request.url()) || wrong.add(`asks ${request.url()}`));
  page.on("requestfailed", (request) => wrong.add(`${request.url()} failed: ${request.failure()?.errorText}`));
  page.on("response", (answer) => answer.status() < 400 || wrong.add(`${answer.url()} answers ${answer.status()}`));
  page.on("console", (message) => message.type() !== "error" || wrong.add(`console: ${message.text()}`));
  page.on("pageerror", (error) => wrong.add(`error: ${error.message.split("\n")[0]}`));
  let notes = {};
  try {
    await page.goto(address + name, { waitUntil: "load" });
    await page.evaluate(() => window.MathJax?.startup?.promise);
    await page.waitForLoadState("networkidle");
    await page.waitForFunction(() =>
      Array.from(document.querySelectorAll("[data-lfes-explorer]")).every(({ dataset }) => dataset.waiting === "false"),
    );
    await page.evaluate((mode) => {
      document.documentElement.dataset.theme = mode; // of pages that do not ask storage
    }, theme);
    if (pdf) await page.emulateMedia({ media: "print" });
    notes = script ? await page.evaluate(`(${script})()`) : {};
    if (isAsked) for (const line of await faultsOf(page)) wrong.add(line);
    if (picture) await page.screenshot({ path: picture, fullPage: true });
    if (pdf)
      await page.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true, outline: true, tagged: true });
  } catch (error) {
    wrong.add(`stopped: ${error.message.split("\n")[0]}`);
  }
  process.stdout.write(`${JSON.stringify({ number, notes, wrong: [...wrong] })}\n`);
  await context.close();
}

/** Serious faults that axe-core finds. */
async function faultsOf(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
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
