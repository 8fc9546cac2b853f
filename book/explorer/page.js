// Starts every explorer of a published page: <div class="lfes-x" data-lfes-explorer>, with `data-tools="table courtroom"` for
// some of the tools. All of them share one model, which runs in a worker of the page; data and models lie beside this file,
// where tools/book wrote them. A first view inside the element (tools.book.explorer_data) is shown until something is changed.

import { engineInWorker } from "./engine.js";
import { mount } from "./explorer.js";
import { withFirst } from "./first.js";
import { make } from "./parts.js";

const inside = (/** @type {string} */ path) => new URL(path, import.meta.url).href;

/** @param {string} path */
async function fetched(path) {
  const answer = await fetch(inside(path));
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
}

/** @param {string} path */
const read = async (path) => (await fetched(path)).json();
const engine = engineInWorker(); // begins with the first question: most readers of a page only look
const listed = read("data.json");
const sizes = read("models.json").catch(() => ({}));

/** @param {HTMLElement} root @param {boolean} linked  whether the address of the page speaks of this one */
async function start(root, linked) {
  const written = root.querySelector(".lfes-first-data");
  const first = written ? JSON.parse(written.textContent || "") : undefined;
  const [data, models] = await Promise.all([listed, sizes]);
  const design = first?.state.design || data.designs[0].id;
  const bytes = models.ort?.bytes + models[`synthesizer_${design}`]?.bytes;
  const plain = { data, file: async (/** @type {string} */ path) => (await fetched(path)).blob() };
  mount(root, engine, first ? withFirst(first, plain) : plain, {
    first,
    linked,
    megabytes: Math.round(bytes / 1e6) || undefined,
    tools: root.dataset.tools?.split(" ").filter(Boolean),
  });
  const notices = make("a", { href: inside("licenses.txt") }, "Licenses of what runs here");
  root.append(make("p", { class: "lfes-hint" }, notices));
}

for (const [place, root] of document.querySelectorAll("[data-lfes-explorer]").entries()) {
  start(/** @type {HTMLElement} */ (root), place === 0).catch((reason) => {
    root.append(make("p", { role: "alert" }, `The explorer could not start: ${reason instanceof Error ? reason.message : reason}`));
  });
}
