// The sentence as a row of words, each with its small map and its share: of a marked place, or of the whole picture.

import { paintFace, paintMap } from "./drawing.js";
import { mean, percent, sharesAt } from "./measures.js";
import { arrowsAlong, make, setBar } from "./parts.js";

/** @typedef {import("./explorer.js").Context} Context */

const SMALL = 96;

/**
 * @param {Context} ctx
 * @param {(word: number | null, isFocus: boolean) => void} pass  a word is looked at without being chosen, or no longer
 */
export function wordStrip(ctx, pass) {
  const element = make("div", { class: "lfes-words", role: "group", "aria-label": "Words of the sentence, each with its map" });
  arrowsAlong(element);
  /** @type {{ button: HTMLButtonElement, canvas: HTMLCanvasElement, fill: HTMLElement, share: HTMLElement, name: HTMLElement }[]} */
  let words = [];
  let drawn = "";
  /** @type {import("./engine.js").Answer | null} */
  let drawnOf = null;

  /** @param {string} word @param {number} at */
  function build(word, at) {
    const canvas = make("canvas", { width: SMALL, height: SMALL, "aria-hidden": "true" });
    const fill = make("span", { class: "lfes-fill" });
    const share = make("span", { class: "lfes-share" });
    const name = make("span", { class: "lfes-word" }, word);
    const length = make("span", { class: "lfes-bar", "aria-hidden": "true" }, fill);
    const button = make("button", { type: "button", onclick: () => ctx.change({ word: at }) }, canvas, name, length, share);
    for (const event of ["focus", "pointerenter", "blur", "pointerleave"]) {
      button.addEventListener(event, (happened) => {
        if (happened instanceof PointerEvent && happened.pointerType === "touch") return;
        pass(event === "focus" || event === "pointerenter" ? at : null, event === "focus");
      });
    }
    return { button, canvas, fill, share, name };
  }

  return {
    element,
    /**
     * Shows every word with its map; says whether these are other words than before.
     * @param {(Float32Array | null)[]} maps @param {(map: Float32Array) => [number, number]} ends
     */
    update(maps, ends) {
      const { answer, understood, kept, waiting } = ctx.now;
      const isNew = words.map(({ name }) => name.textContent).join(" ") !== understood.words.join(" ");
      if (isNew) {
        const had = words.findIndex(({ button }) => button === document.activeElement);
        words = understood.words.map(build);
        element.replaceChildren(...words.map(({ button }) => button));
        if (had >= 0) words[Math.min(had, words.length - 1)].button.focus();
        drawn = "";
      }
      element.classList.toggle("lfes-waiting", waiting);
      words.forEach(({ button, name }, word) => {
        button.setAttribute("aria-pressed", String(word === ctx.state.word));
        button.tabIndex = word === ctx.state.word ? 0 : -1;
        name.classList.toggle("lfes-out", ctx.state.out.includes(word));
      });
      const key = [ctx.state.level, ctx.state.own, kept.join()].join("|");
      if (answer && maps.length === words.length && (drawn !== key || drawnOf !== answer)) {
        [drawn, drawnOf] = [key, answer];
        words.forEach(({ canvas }, word) => {
          const map = maps[word];
          if (map) paintMap(canvas, answer.picture, map, ends(map), ctx.data.colors);
          else paintFace(canvas, answer.picture);
        });
      }
      return isNew;
    },
    /**
     * Says what each word has at a place, or on average without one.
     * @param {(Float32Array | null)[]} maps @param {[number, number] | null} place @param {number} shown  word whose map is large
     */
    measure(maps, place, shown) {
      words.forEach(({ fill, share, button }, word) => {
        const map = maps[word];
        const value = map ? (place ? sharesAt([map], ...place)[0] : mean(map)) : NaN;
        setBar(fill, value);
        share.textContent = map ? percent(value) : "out";
        button.classList.toggle("lfes-passing", word === shown);
      });
    },
  };
}
