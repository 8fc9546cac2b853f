// The explorer in JupyterLab or Notebook 7, used as a reader uses it; started by check_jupyter.py.
//
//   node check_jupyter.mjs BROWSER PARTS ADDRESS SCREENSHOTS PHOTOGRAPH CHANGES
//
// PARTS holds node_modules, ADDRESS is that of a notebook whose only cell prints the kernel's process and shows the
// explorer. Prints what was checked; ends with 1 where something is wrong.

import { createRequire } from "node:module";
import { join } from "node:path";

import { change, meter } from "./changes.mjs";

const [executablePath, parts, address, screenshots, photograph, changes] = process.argv.slice(2);
const { chromium } = createRequire(join(parts, "package.json"))("playwright-core");
const host = new URL(address).origin;
/** Of which memory is told, and by how many MB it may grow; the browser gives back what its page has freed when it likes. */
const PARTS_OF_MEMORY = [
  ["the page’s heap", 10],
  ["its process", 100],
  ["the kernel", 10],
];
const faults = [];
let checks = 0;

/** @param {unknown} holds @param {string} what */
function check(holds, what) {
  checks++;
  console.log(`${holds ? "right" : "wrong"}: ${what}`);
  if (!holds) faults.push(what);
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 1300 } });
page.setDefaultTimeout(120000);
const foreign = new Set();
page.on("request", (request) => {
  if (
    !/^(blob:|data:)/.test(request.url()) &&
    !request.url().startsWith(host) &&
    !request.url().startsWith(host.replace("http", "ws"))
  ) {
    foreign.add(request.url());
  }
});
const picture = async (/** @type {string} */ name) => {
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`) });
};
const explorer = page.locator(".lfes-x");
const turn = () => explorer.evaluate((root) => [root.dataset.turn, root.dataset.waiting].join());
/** Waits until nothing is being computed or drawn. */
async function settled() {
  let before = "";
  for (let quiet = 0, tries = 0; quiet < 4 && tries < 400; tries++) {
    await page.waitForTimeout(100);
    const now = await turn();
    quiet = now === before && now.endsWith("false") ? quiet + 1 : 0;
    before = now;
  }
}
/** What the canvases of the stage show, in few letters. */
const shown = () =>
  page.evaluate(() =>
    Array.from(document.querySelectorAll(".lfes-stage > .lfes-figures canvas[role=img]"), (canvas) => {
      let sum = 0;
      for (const letter of canvas.toDataURL()) sum = (31 * sum + letter.charCodeAt(0)) % 1000000007;
      return sum;
    }),
  );

await page.goto(address);
await page.locator(".jp-Notebook .jp-CodeCell").first().waitFor();
// From here on: what Jupyter stumbles over while it starts is not ours.
page.on("pageerror", (error) => check(false, `no error in the page: ${error.message}`));
const prompt = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first();
for (let tries = 0; tries < 30 && !/\[(\*|\d+)\]/.test(await prompt.innerText()); tries++) {
  await page.locator(".jp-Notebook .jp-CodeCell .cm-content").first().click();
  await page.keyboard.press("Shift+Enter"); // does nothing before there is a kernel
  await page.waitForTimeout(2000);
}
await page.waitForSelector(".lfes-x .lfes-words button").catch(async (reason) => {
  await picture("jupyter_failed");
  console.log(await page.locator(".jp-Notebook").innerText());
  throw reason;
});
await settled();
const first = await shown();
check(first.length >= 2, "the cell shows the explorer with its pictures");
check((await page.locator("[data-lfes-explorer]").count()) === 0, "the page for books without a kernel is not shown");
await explorer.scrollIntoViewIfNeeded();
await picture("jupyter_first");

await page.locator(".lfes-words button").first().click();
await settled();
check((await shown()).join() !== first.join(), "a click on a word shows its map");
const field = page.locator(".lfes-say textarea").first();
await field.fill("A woman with a strongly dropped jaw and strongly parted lips.");
await settled();
const second = await shown();
const cells = await page.locator(".jp-Notebook .jp-CodeCell").count();
await field.press("End");
await field.pressSequentially(" aabbdd");
check(
  (await page.locator(".jp-Notebook .jp-CodeCell").count()) === cells,
  "letters that are typed are no commands of the notebook",
);
check(second[1] !== first[1], "another sentence gives another picture");
await field.fill("a woman smiling broadly");
await settled();
check(/smil|Read as/.test(await page.locator(".lfes-reading").innerText()), "the kernel reads everyday words");
await picture("jupyter_everyday");

for (const tool of ["scale", "courtroom", "carries"]) {
  const box = page
    .locator(".lfes-tool")
    .nth(["table", "carries", "designs", "exchange", "scale", "courtroom", "share"].indexOf(tool));
  await box.locator("summary").click();
  if (tool === "carries") await box.locator("button", { hasText: "Leave out" }).click();
  await page.waitForTimeout(300);
  await page.waitForFunction(
    () =>
      !/Working/.test(
        Array.from(document.querySelectorAll(".lfes-hint[role=status]"), (note) => note.textContent).join(),
      ),
  );
  const numbers = await box.locator("tbody tr").count();
  const missing = await box.locator("td", { hasText: /^…$/ }).count();
  check(numbers >= 6 && !missing && !/did not work/.test(await box.innerText()), `the tool “${tool}” gets its numbers`);
  await box.scrollIntoViewIfNeeded();
  await picture(`jupyter_${tool}`);
  await box.locator("summary").click();
}

if (photograph) {
  await page.locator(".lfes-own").click();
  await page.locator("dialog input[type=file]").setInputFiles(photograph);
  const found = await page
    .getByText(/The face was found[.,]/)
    .waitFor({ timeout: 30000 })
    .then(
      () => true,
      () => false,
    );
  const said = await page.locator("dialog").innerText();
  check(/kernel of this notebook/.test(said), "the dialog says where a photograph goes");
  check(found, "the kernel finds the face");
  await picture("jupyter_photograph");
  await page.locator("dialog").getByText("Use this face").click();
  await settled();
  check((await shown())[1] !== second[1], "a photograph is changed");
  await picture("jupyter_own_face");
}
if (Number(changes)) {
  const kernel = Number(await page.locator(".jp-OutputArea-output pre").first().innerText());
  const held = await meter(page, browser, kernel);
  const sizes = [];
  for (let turn = 0, start = Date.now(); turn < Number(changes); ) {
    for (const end = turn + Number(changes) / 10; turn < end; turn++) await change(field, turn);
    sizes.push(await held());
    const told = PARTS_OF_MEMORY.map(([part], at) => `${part} ${sizes.at(-1)[at].toFixed(0)} MB`).join(", ");
    console.log(`after ${turn} changes, ${((Date.now() - start) / 1000).toFixed(0)} s: ${told}`);
  }
  for (const [at, [part, most]] of PARTS_OF_MEMORY.entries()) {
    const grown = sizes.at(-1)[at] - sizes[0][at];
    check(grown < most, `after a tenth of ${changes} changes, ${part} grows by ${grown.toFixed(1)} MB`);
  }
}
check(foreign.size === 0, `no other host is asked ${[...foreign].slice(0, 3).join(" ")}`);
await browser.close();
console.log(`${checks} checks, ${faults.length} wrong`);
process.exit(faults.length ? 1 : 0);
