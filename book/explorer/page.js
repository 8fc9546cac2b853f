// Starts every explorer of a published page: <div class="lfes-x" data-lfes-explorer>, with `data-tools="table courtroom"` for
// some of the tools. The model runs in a worker of the page; data and models lie beside this file, where tools/book wrote
// them. A first view inside the element (tools.book.explorer_data) is shown until something is changed.

import { engineInWorker } from "./engine.js";
import { mount } from "./explorer.js";
import { withFirst } from "./first.js";

/** @param {string} address */
async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

/** @param {HTMLElement} root */
async function start(root) {
  const inside = (/** @type {string} */ path) => new URL(path, import.meta.url).href;
  const written = root.querySelector(".lfes-first-data"), first = written ? JSON.parse(written.textContent || "") : undefined;
  const data = await (await fetched(inside("data.json"))).json(), plain = { data, file: async (/** @type {string} */ path) => (await fetched(inside(path))).blob() };
  mount(root, engineInWorker(), first ? withFirst(first, plain) : plain, {
    first, linked: true, megabytes: Number(root.dataset.megabytes) || undefined, tools: root.dataset.tools?.split(" "),
  });
}

for (const root of document.querySelectorAll("[data-lfes-explorer]")) {
  start(/** @type {HTMLElement} */ (root)).catch((reason) => {
    const line = document.createElement("p");
    line.setAttribute("role", "alert");
    line.textContent = `The explorer could not start: ${reason instanceof Error ? reason.message : reason}`;
    root.append(line);
  });
}
