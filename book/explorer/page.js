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

/** An engine whose worker begins when something is asked: most readers of a page only look.  @returns {import("./engine.js").Engine} */
function whenAsked() {
  /** @type {import("./engine.js").Engine | undefined} */
  let engine;
  const begun = () => (engine ??= engineInWorker());
  return {
    synthesize: (ask) => begun().synthesize(ask),
    judge: (exhibit) => begun().judge(exhibit),
    intensities: (pair) => begun().intensities(pair),
    findFaces: async (pixels) => begun().findFaces?.(pixels) ?? [],
    load: (design, onProgress) => begun().load(design, onProgress),
    close: () => engine?.close(),
  };
}

/** @param {HTMLElement} root @param {boolean} linked  whether the address of the page speaks of this one */
async function start(root, linked) {
  const inside = (/** @type {string} */ path) => new URL(path, import.meta.url).href;
  const written = root.querySelector(".lfes-first-data");
  const first = written ? JSON.parse(written.textContent || "") : undefined;
  const data = await (await fetched(inside("data.json"))).json();
  const models = await fetched(inside("models.json")).then(
    (answer) => answer.json(),
    () => ({}),
  );
  const design = first?.state.design || data.designs[0].id;
  const bytes = models.ort?.bytes + models[`synthesizer_${design}`]?.bytes;
  const plain = { data, file: async (/** @type {string} */ path) => (await fetched(inside(path))).blob() };
  mount(root, whenAsked(), first ? withFirst(first, plain) : plain, {
    first,
    linked,
    megabytes: Math.round(bytes / 1e6) || undefined,
    tools: root.dataset.tools?.split(" "),
  });
}

for (const [place, root] of document.querySelectorAll("[data-lfes-explorer]").entries()) {
  start(/** @type {HTMLElement} */ (root), place === 0).catch((reason) => {
    const line = document.createElement("p");
    line.setAttribute("role", "alert");
    line.textContent = `The explorer could not start: ${reason instanceof Error ? reason.message : reason}`;
    root.append(line);
  });
}
