// The first view, computed beforehand and carried by the page: an answer of the engine in few bytes.

import { asPlanes, decode } from "./drawing.js";

/** @typedef {{ side: number, low: number[], high: number[], sheet: string }} Sheet */
/**
 * @typedef {object} FirstView
 * @property {Partial<import("./state.js").State>} state
 * @property {{ picture: string, attention: Sheet[], movement: { side: number, step: number, flow: string } | null }} answer
 * @property {Record<string, string>} files
 */

/** The bytes of an address that begins with "data:".  @param {string} address */
function bytesOf(address) {
  const [head, text] = address.split(",");
  const letters = atob(text);
  return new Blob([Uint8Array.from(letters, (letter) => letter.charCodeAt(0))], { type: /:(.*?);/.exec(head)?.[1] });
}

/** Files of the first view need not be fetched.  @param {FirstView} first @param {import("./people.js").Store} store */
export function withFirst(first, store) {
  const { data, file } = store;
  return { data, file: async (/** @type {string} */ path) => (first.files[path] ? bytesOf(first.files[path]) : file(path)) };
}

/** @param {Sheet} sheet @returns {Promise<Float32Array>} */
async function weights({ side, low, high, sheet }) {
  const { data } = await decode(bytesOf(sheet));
  const size = side * side;
  const maps = new Float32Array(low.length * size);
  for (let at = 0; at < maps.length; at++) {
    const word = Math.floor(at / size);
    maps[at] = low[word] + ((high[word] - low[word]) * data[4 * at]) / 255;
  }
  return maps;
}

/** @param {FirstView} first @param {import("./explorer.js").Context} ctx */
export async function firstAnswer({ state, answer }, ctx) {
  const understood = ctx.said.understand(state.sentence || "");
  if (understood.error !== undefined) throw new Error(understood.error);
  const { neutral } = await ctx.people.face(state.person || "");
  const asked = { person: state.person || "", design: state.design || "", hidden: false, out: [] };
  const { ask } = ctx.askOf(understood, asked, neutral);
  const [picture, level1, level2] = await Promise.all([decode(bytesOf(answer.picture)), ...answer.attention.map(weights)]);
  let movement = null;
  if (answer.movement) {
    const steps = Uint8Array.from(atob(answer.movement.flow), (letter) => letter.charCodeAt(0));
    const { step } = answer.movement;
    movement = {
      flow: Float32Array.from(new Int8Array(steps.buffer), (value) => value * step),
      mask: new Float32Array(0),
      colors: new Float32Array(0),
    };
  }
  /** @type {import("./engine.js").Answer} */
  const whole = {
    picture: asPlanes(/** @type {ImageData} */ (picture)),
    middle: new Float32Array(0),
    small: new Float32Array(0),
    attention: [/** @type {Float32Array} */ (level1), /** @type {Float32Array} */ (level2)],
    condition: new Float32Array(0),
    movement,
  };
  return { answer: whole, ask };
}
