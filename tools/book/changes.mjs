// Many changes of the sentence in an explorer, one after the other, and the memory that they leave behind (Linux).

import { readFileSync } from "node:fs";

const ADVERBS = ["slightly", "fairly", "highly", "strongly", "quite"], SUBJECTS = ["man", "woman", "person"];

/** Another sentence for each of 1,875 turns. */
function sentence(turn) {
  const adverb = (place) => ADVERBS[Math.floor(turn / 5 ** place) % 5], subject = SUBJECTS[Math.floor(turn / 625) % 3];
  const [lips, chin, jaw, brow] = [0, 1, 2, 3].map(adverb);
  return `A ${subject} with ${lips} parted lips, a ${chin} raised chin, a ${jaw} dropped jaw and a ${brow} raised inner brow.`;
}

/** Writes a sentence into the explorer's field; returns when its picture is drawn, and after how many milliseconds, as the page counts. */
export const change = (field, turn) =>
  field.evaluate(
    (field, sentence) =>
      new Promise((done, fail) => {
        const start = performance.now(), root = document.querySelector("[data-turn]"), before = Number(root.dataset.turn);
        const look = () => {
          const passed = performance.now() - start;
          if (root.dataset.waiting === "false" && Number(root.dataset.turn) > before) done(passed);
          else if (passed > 120000) fail(new Error(`there is no picture for: ${sentence}`));
          else requestAnimationFrame(look);
        };
        field.value = sentence;
        field.dispatchEvent(new Event("input"));
        requestAnimationFrame(look);
      }),
    sentence(turn),
  );

/** Gives a function that tells, in MB, a page's own heap, and what its process with its workers and further ones hold. */
export async function meter(page, browser, ...others) {
  const system = await page.context().newCDPSession(page), whole = await browser.newBrowserCDPSession();
  const held = (/** @type {number} */ process) =>
    (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process}/status`, "utf8"))?.[1] ?? 0) * 1024) / 1e6;
  return async () => {
    await system.send("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize = 0 } = await system.send("Runtime.getHeapUsage");
    const { processInfo } = await whole.send("SystemInfo.getProcessInfo");
    const sizes = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => held(id));
    return [(usedSize + backingStorageSize) / 1e6, Math.max(...sizes), ...others.map(held)];
  };
}
