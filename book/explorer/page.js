// Starts every explorer of a published page: <div data-lfes-explorer="FOLDER" data-tools="table courtroom">. The model runs
// in a worker of the page; FOLDER, relative to the page, holds what tools/book wrote.

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
  const folder = new URL(`${root.dataset.lfesExplorer || "."}/`, document.baseURI), inside = (/** @type {string} */ path) => new URL(path, folder).href;
  const written = root.querySelector(".lfes-first-data"), first = written ? JSON.parse(written.textContent || "") : undefined;
  const data = await (await fetched(inside("data.json"))).json(), plain = { data, file: async (/** @type {string} */ path) => (await fetched(inside(path))).blob() };
  const engine = engineInWorker(folder.href);
  mount(root, engine, first ? withFirst(first, plain) : plain, {
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
