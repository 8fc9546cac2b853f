// The explorer's engine in Jupyter: the kernel, over an anywidget's own messages.
//
// The front end sends    { id, ask: NAME, ...arguments }, arrays of numbers as float32 buffers in the order of `buffers`;
// the kernel answers     { id, answer } or { id, error: "a sentence" }, likewise with `buffers`, a list of names:
//   ask "data"                                             -> answer: what data.json holds
//   ask "file", path                                       -> buffers ["file"]: its bytes
//   ask "truth", person, expression                        -> buffers ["file"]: the file of that true picture
//   ask "synthesize", design, tokens, hidden, [neutral]    -> buffers ["picture", "middle", "small", "attention_1",
//                                                             "attention_2", "condition"] and, for a design that
//                                                             moves, "flow", "mask", "colors"
//   ask "judge", [neutral, picture, condition,             -> answer: chance by the name of the discriminator and head
//                 middle, small; these two may be missing]
//   ask "intensities", [neutral, picture]                  -> answer: intensity by Action Unit
//   ask "hindrances", [picture]                            -> answer: how sure it is of each, 0 to 1
//   ask "faces", width, height, [pixels, uint8 RGB]        -> answer: [{ points: five [x, y], width }, ...]
//   ask "understand", sentence                             -> answer: { sentence, notes } in the words of a protocol
// Pictures are float32, three planes of 256x256 in -1..1; attention is n maps one after another.

import { BOX, resized } from "./resampling.js";

/** @typedef {import("./engine.js").Engine} Engine */
/**
 * @typedef {object} Model  what anywidget gives
 * @property {(name: string) => any} get
 * @property {(content: any, callbacks?: any, buffers?: ArrayBuffer[]) => void} send
 * @property {(event: string, listener: (content: any, buffers: DataView[]) => void) => void} on
 * @property {(event: string, listener: (content: any, buffers: DataView[]) => void) => void} off
 */

/** Longer side of a photograph on its way to the kernel: servers take no message above 10 MB, and the finder looks at
 *  no larger picture. */
const LONGEST = 1600;

/** @param {Model} model @returns {{ engine: Engine, store: Promise<import("./people.js").Store> }} */
export function fromKernel(model) {
  /** @typedef {{ answer: any, arrays: Record<string, ArrayBuffer> }} Found */
  /** @type {Map<number, { resolve: (found: Found) => void, reject: (reason: Error) => void }>} */
  const waiting = new Map();
  const session = Math.floor(Math.random() * 1e9); // several views of one model hear each other's answers
  let counter = 0;

  /** @param {any} content @param {DataView[]} buffers */
  function hear(content, buffers) {
    const one = content.session === session ? waiting.get(content.id) : undefined;
    if (!one) return;
    waiting.delete(content.id);
    if (content.error) one.reject(new Error(content.error));
    else {
      const names = /** @type {string[]} */ (content.buffers || []);
      one.resolve({
        answer: content.answer,
        arrays: Object.fromEntries(
          names.map((name, at) => {
            const view = buffers[at];
            return [
              name,
              /** @type {ArrayBuffer} */ (view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)),
            ];
          }),
        ),
      });
    }
  }
  model.on("msg:custom", hear);

  /**
   * @param {string} name @param {Record<string, any>} [given]
   * @param {Record<string, Float32Array | Uint8ClampedArray>} [arrays]
   * @returns {Promise<Found>}
   */
  function ask(name, given = {}, arrays = {}) {
    return new Promise((resolve, reject) => {
      const id = ++counter;
      waiting.set(id, { resolve, reject });
      const buffers = Object.values(arrays).map((values) => /** @type {ArrayBuffer} */ (values.slice().buffer));
      model.send({ ...given, ask: name, id, session, buffers: Object.keys(arrays) }, undefined, buffers);
    });
  }

  /** @type {Engine & { privacy: string }} */
  const engine = {
    privacy:
      "It goes no further than to the kernel of this notebook, which finds the face and changes it. Nothing is kept.",
    load: async () => {},
    async synthesize({ design, neutral, tokens, hidden }) {
      const { arrays } = await ask("synthesize", { design, tokens, hidden }, { neutral });
      /** @param {string} name */
      const floats = (name) => new Float32Array(arrays[name] || new ArrayBuffer(0));
      return {
        picture: floats("picture"),
        middle: floats("middle"),
        small: floats("small"),
        condition: floats("condition"),
        attention: [floats("attention_1"), floats("attention_2")],
        movement: arrays.flow ? { flow: floats("flow"), mask: floats("mask"), colors: floats("colors") } : null,
      };
    },
    judge: async ({ neutral, picture, condition, middle, small }) =>
      (
        await ask(
          "judge",
          {},
          { neutral, picture, condition, ...(middle?.length && small?.length ? { middle, small } : {}) },
        )
      ).answer,
    intensities: async ({ neutral, picture }) => (await ask("intensities", {}, { neutral, picture })).answer,
    hindrances: async (picture) => (await ask("hindrances", {}, { picture })).answer,
    async findFaces(pixels) {
      const scale = Math.min(1, LONGEST / Math.max(pixels.width, pixels.height));
      const [width, height] = [pixels.width, pixels.height].map((side) => Math.round(side * scale));
      const { data } = scale < 1 ? resized(pixels, width, height, BOX) : pixels;
      const colors = data.filter((_, at) => at % 4 < 3);
      /** @type {import("./placement.js").Face[]} */
      const faces = (await ask("faces", { width, height }, { pixels: colors })).answer;
      const there = (/** @type {number} */ value) => (value + 0.5) / scale - 0.5;
      return faces.map((face) => ({
        ...face,
        width: face.width / scale,
        points: face.points.map(([x, y]) => [there(x), there(y)]),
      }));
    },
    understand: async (sentence) => (await ask("understand", { sentence })).answer,
    close() {
      model.off("msg:custom", hear);
      for (const one of waiting.values()) one.reject(new Error("closed"));
      waiting.clear();
    },
  };
  /** @param {string} name @param {Record<string, string>} given */
  const file = async (name, given) => new Blob([(await ask(name, given)).arrays.file]);
  return {
    engine,
    store: ask("data").then(({ answer }) => ({
      data: answer,
      file: (path) => file("file", { path }),
      truth: (person, expression) => file("truth", { person, expression }),
    })),
  };
}
