// Every page of the book with the network cut, in a browser; started by check_network.py.
//
//   node check_network.mjs BROWSER PARTS ADDRESS PAGE ...
//
// PARTS holds node_modules, ADDRESS serves the book, and no other host can be reached. Prints what is wrong; ends with
// 1 where something is.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [executablePath, parts, address, ...pages] = process.argv.slice(2);
const { chromium } = createRequire(join(parts, "package.json"))("playwright-core");
const axe = readFileSync(join(parts, "node_modules/axe-core/axe.min.js"), "utf8");
const CUT = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
const LOOKS = { light: 1280, dark: 1280, phone: 375 };

const browser = await chromium.launch({ executablePath, args: CUT });
const faults = new Set(),
  links = new Set();
let requests = 0;

const EXPLORER = "book/06_word_attention.html";

/** A reader changes the sentence of the explorer; the model comes from the book's own host. */
async function explore() {
  const page = await browser.newPage();
  page.setDefaultTimeout(60000);
  page.on("pageerror", (error) => faults.add(`explorer: ${error.message}`));
  page.on("request", (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(address))
      faults.add(`the explorer asks ${request.url()}`);
  });
  await page.goto(address + EXPLORER);
  await page.waitForSelector(".lfes-words button");
  const shown = () =>
    page
      .locator(".lfes-stage canvas")
      .nth(1)
      .evaluate((canvas) => canvas.toDataURL());
  const before = await shown();
  await page.locator(".lfes-say textarea").first().fill("A woman with a strongly dropped jaw.");
  await page
    .waitForFunction((old) => {
      const canvas = document.querySelectorAll(".lfes-stage canvas")[1];
      return document.querySelectorAll(".lfes-words button").length === 7 && canvas.toDataURL() !== old;
    }, before)
    .catch(() => {});
  if ((await shown()) === before) faults.add("explorer: another sentence gives the same picture");
  for (const line of faults) if (/explorer/.test(line)) console.log(`wrong: ${line}`);
  await page.close();
}

/** @param {string} name @param {string} look */
async function visit(name, look) {
  const theme = look === "dark" ? "dark" : "light";
  const context = await browser.newContext({
    viewport: { width: LOOKS[look], height: 900 },
    colorScheme: theme,
    reducedMotion: "reduce",
  });
  await context.addInitScript((mode) => {
    localStorage.mode = localStorage.theme = mode;
  }, theme);
  const page = await context.newPage();
  const wrong = (/** @type {string} */ line) => {
    if (!faults.has(line)) console.log(`wrong: ${name}, ${look}: ${line}`);
    faults.add(line);
  };
  page.on("request", (request) => {
    requests++;
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(address)) wrong(`asks ${request.url()}`);
  });
  page.on("requestfailed", (request) => wrong(`${request.url()} failed: ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 400) wrong(`${response.url()} answers ${response.status()}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error") wrong(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong(`error: ${error.message.split("\n")[0]}`));
  await page.goto(address + name, { waitUntil: "load" });
  await page.evaluate(() => window.MathJax?.startup?.promise);
  await page.waitForLoadState("networkidle");
  for (const link of await page.$$eval("a[href]", (all) => all.map((one) => one.href.split("#")[0]))) {
    if (link.startsWith(address)) links.add(link);
  }
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, impact, help, nodes } of violations.filter((each) =>
    ["serious", "critical"].includes(each.impact),
  )) {
    const where = nodes
      .slice(0, 3)
      .map((node) => node.html.slice(0, 110).replace(/\s+/g, " "))
      .join(" | ");
    wrong(`${impact}: ${id}: ${help} (${nodes.length}): ${where}`);
  }
  await context.close();
}

for (const name of pages) for (const look of Object.keys(LOOKS)) await visit(name, look);
if (pages.includes(EXPLORER)) await explore();
await browser.close();
for (const link of links) {
  const { status } = await fetch(link, { method: "HEAD" });
  if (status >= 400) {
    faults.add(link);
    console.log(`wrong: a link leads to ${link}, which answers ${status}`);
  }
}
console.log(`${pages.length} pages, ${requests} requests, ${links.size} links, ${faults.size} faults`);
process.exit(faults.size ? 1 : 0);
