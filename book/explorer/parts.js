// Small pieces of a page: elements, choices, figures. Everything here works by keyboard and tells its name.

/** @typedef {Node | string | null | false | undefined} Child */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, any>} [about]  properties; `class`, aria-* and data-* as attributes, on* as listeners
 * @param {...Child} children @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, about = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class" || name === "for" || name === "role" || name.includes("-"))
      element.setAttribute(name, String(value));
    else Reflect.set(element, name, value);
  }
  element.append(
    ...children
      .filter((child) => child !== null && child !== false && child !== undefined)
      .map((child) => /** @type {Node | string} */ (child)),
  );
  return element;
}

let counter = 0;
const here = Math.random().toString(36).slice(2, 8); // a page may hold this module several times
/** A name that no other element has.  @param {string} what */
export const newId = (what) => `lfes-${what}-${here}-${++counter}`;

/** @param {string} text @param {() => void} onclick @param {Record<string, any>} [about] */
export const button = (text, onclick, about = {}) => make("button", { type: "button", onclick, ...about }, text);

/** @param {string} text @param {(checked: boolean) => void} changed */
export function tick(text, changed) {
  const box = make("input", { type: "checkbox", onchange: () => changed(box.checked) });
  return { element: make("label", { class: "lfes-tick" }, box, make("span", {}, text)), box };
}

/**
 * One of several: radio buttons in a row.
 * @param {string} name @param {[string, string][]} options  value and text  @param {(value: string) => void} changed @param {boolean} [named]
 */
export function oneOf(name, options, changed, named = true) {
  const group = newId("choice");
  const boxes = options.map(([value]) => make("input", { type: "radio", name: group, value, onchange: () => changed(value) }));
  const element = make(
    "fieldset",
    { class: "lfes-one" },
    make("legend", { class: named ? "" : "lfes-unseen" }, name),
    make("div", {}, ...boxes.map((box, place) => make("label", {}, box, make("span", {}, options[place][1])))),
  );
  return {
    element,
    /** @param {string} value */
    set(value) {
      for (const box of boxes) box.checked = box.value === value;
    },
  };
}

/** @param {string} name @param {[string, string][]} options @param {(value: string) => void} changed @param {boolean} [named] */
export function select(name, options, changed, named = true) {
  const list = make("select", { onchange: () => changed(list.value) });
  /** @param {[string, string][]} rows */
  const fill = (rows) => list.replaceChildren(...rows.map(([value, text]) => new Option(text, value)));
  fill(options);
  return {
    element: make("label", { class: "lfes-select" }, make("span", { class: named ? "" : "lfes-unseen" }, name), list),
    list,
    fill,
  };
}

/** A picture with a caption; hidden until it has one.  @param {number} size @param {string} [kind] */
export function figure(size, kind = "") {
  const canvas = make("canvas", { width: size, height: size, role: "img", "aria-label": "" });
  const caption = make("figcaption");
  const element = make("figure", { class: `lfes-figure ${kind}`, hidden: true }, canvas, caption);
  return {
    element,
    canvas,
    caption,
    /** @param {string} text @param {...Child} shown  caption; the text itself if nothing else is given */
    tell(text, ...shown) {
      element.hidden = false;
      canvas.setAttribute("aria-label", text);
      caption.replaceChildren(
        ...(shown.length ? shown.filter(Boolean).map((child) => /** @type {Node | string} */ (child)) : [text]),
      );
    },
  };
}

/** A bar as long as a share.  @param {number} value 0 to 1 */
export function bar(value) {
  const fill = make("span", { class: "lfes-fill" });
  setBar(fill, value);
  return make("span", { class: "lfes-bar", "aria-hidden": "true" }, fill);
}

/** @param {HTMLElement} fill @param {number} value */
export function setBar(fill, value) {
  fill.style.inlineSize = `${100 * Math.min(1, Math.max(0, Number.isFinite(value) ? value : 0))}%`;
}

/**
 * A table whose first column names the rows.
 * @param {string} caption @param {string[]} head @param {Child[][]} rows
 */
export function table(caption, head, rows) {
  const scroll = make("div", { class: "lfes-scroll", tabindex: 0, role: "region", "aria-label": caption });
  scroll.tabIndex = 0;
  scroll.append(
    make(
      "table",
      {},
      make("caption", {}, caption),
      make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
      make(
        "tbody",
        {},
        ...rows.map(([name, ...cells]) =>
          make("tr", {}, make("th", { scope: "row" }, name), ...cells.map((cell) => make("td", {}, cell))),
        ),
      ),
    ),
  );
  return scroll;
}

/** Moves focus and choice along a row of buttons with the arrow keys.  @param {HTMLElement} row */
export function arrowsAlong(row) {
  row.addEventListener("keydown", (event) => {
    const buttons = /** @type {HTMLElement[]} */ (Array.from(row.querySelectorAll("button")));
    const here = buttons.indexOf(/** @type {any} */ (document.activeElement));
    const to = {
      ArrowRight: here + 1,
      ArrowDown: here + 1,
      ArrowLeft: here - 1,
      ArrowUp: here - 1,
      Home: 0,
      End: buttons.length - 1,
    }[event.key];
    if (to === undefined || here < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    buttons[(to + buttons.length) % buttons.length].focus();
  });
}

const NS = "http://www.w3.org/2000/svg";
/** @param {string} tag @param {Record<string, string | number>} about @param {...(Node | string)} children */
export function svg(tag, about, ...children) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(about)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * A button that plays something step by step, as often as `next` says that it goes on, and stops.
 * @param {HTMLElement} status  not read out meanwhile  @param {number} pause  in milliseconds, after each step
 * @param {(place: number) => Promise<boolean>} next  makes a step; false if it was the last
 */
export function player(status, pause, next) {
  let playing = {};
  /** @param {boolean} plays */
  function show(plays) {
    element.textContent = plays ? "Stop" : "Play";
    element.setAttribute("aria-pressed", String(plays));
    status.setAttribute("aria-live", plays ? "off" : "polite");
  }
  function stop() {
    playing = {};
    show(false);
  }
  async function play() {
    const mine = (playing = {});
    show(true);
    for (let place = 0, more = true; more && playing === mine; place++) {
      more = await next(place);
      await new Promise((go) => setTimeout(go, pause));
    }
    if (playing === mine) stop();
  }
  const element = button("Play", () => (element.getAttribute("aria-pressed") === "true" ? stop() : play()), { class: "lfes-play" });
  show(false);
  return { element, stop };
}

/** A picture that can be shown at once.  @param {string} source @returns {Promise<HTMLImageElement>} */
export function loaded(source) {
  return new Promise((resolve, reject) => {
    const image = make("img", { onload: () => resolve(image), onerror: reject });
    image.src = source;
  });
}
