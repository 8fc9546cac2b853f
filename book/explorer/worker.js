// The worker of a page: the networks in onnxruntime-web, on one thread, which asks no server for special headers.

import { filesOf } from "./files.js";
import { openFinder } from "./finder.js";
import * as ort from "./ort.mjs";

/** @typedef {import("./engine.js").Ask} Ask */
/** @typedef {import("./engine.js").Answer} Answer */
/** @typedef {import("./engine.js").Exhibit} Exhibit */
/** @typedef {import("./engine.js").Pair} Pair */
/** @typedef {import("./engine.js").Progress} Progress */
/** @typedef {ReturnType<typeof tasksOf>} Tasks */

const RUNTIME = "ort", FINDER = ["pnet", "rnet", "onet"], OPTIONS = { executionProviders: ["wasm"] };
const SIDE = 256, PLANES = 3;

/** What this worker can do with the files of a folder. @param {string} home */
function tasksOf(home) {
  const files = filesOf(home);
  /** @type {Map<string, Promise<any>>} */
  const opened = new Map();
  let started = false;
  /** @type {Promise<unknown>} */
  let before = Promise.resolve();

  /** Networks compute one after the other. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  function inTurn(work) {
    const result = before.then(work);
    before = result.catch(() => {});
    return result;
  }

  /**
   * What `open` makes of the named files, once; another try where that failed.
   * @template T
   * @param {string[]} names @param {Progress} onProgress @param {(contents: Uint8Array[]) => Promise<T>} open
   * @returns {Promise<T>}
   */
  function once(names, onProgress, open) {
    const key = names.join();
    let result = opened.get(key);
    if (!result) {
      result = files.load(started ? names : [RUNTIME, ...names], onProgress).then((contents) => {
        if (contents.length > names.length) start(/** @type {Uint8Array} */ (contents.shift()));
        return inTurn(() => open(contents));
      });
      opened.set(key, result);
      result.catch(() => opened.delete(key));
    }
    return result;
  }

  /** @param {Uint8Array} wasm */
  function start(wasm) {
    if (started) return;
    started = true;
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = wasm;
  }

  /** @param {string} name @param {Progress} onProgress @returns {Promise<ort.InferenceSession>} */
  const network = (name, onProgress) =>
    once([name], onProgress, ([content]) => ort.InferenceSession.create(content, OPTIONS));

  /** @param {string} name @param {Record<string, ort.Tensor>} given @param {Progress} onProgress
   *  @returns {Promise<Record<string, Float32Array<ArrayBuffer>>>} */
  async function run(name, given, onProgress) {
    const session = await network(name, onProgress), found = await inTurn(() => session.run(given));
    return Object.fromEntries(session.outputNames.map((output) =>
      [output, /** @type {Float32Array<ArrayBuffer>} */ (found[output].data)]));
  }

  /** One number for each output. @param {Record<string, Float32Array>} found */
  const numbers = (found) => Object.fromEntries(Object.entries(found).map(([name, [number]]) => [name, number]));

  return {
    /** @param {string} design @param {Progress} onProgress */
    async load(design, onProgress) {
      await network(`synthesizer_${design}`, onProgress);
    },

    /** @param {Ask} ask @param {Progress} onProgress @returns {Promise<Answer>} */
    async synthesize({ design, neutral, tokens, hidden }, onProgress) {
      if (!tokens.length) throw new Error("A sentence needs at least one word.");
      const words = new ort.Tensor("int64", BigInt64Array.from(tokens, BigInt), [1, tokens.length]);
      const switched = new ort.Tensor("float32", [hidden ? 1 : 0], []);
      const given = { neutral: planes(neutral), tokens: words, hidden: switched };
      const found = await run(`synthesizer_${design}`, given, onProgress);
      const { picture, middle, small, attention_1, attention_2, condition, flow, mask, colors } = found;
      const movement = flow ? { flow, mask, colors } : null;
      return { picture, middle, small, attention: [attention_1, attention_2], condition, movement };
    },

    /** @param {Exhibit} exhibit @param {Progress} onProgress @returns {Promise<Record<string, number>>} */
    async judge({ neutral, picture, middle, small, condition }, onProgress) {
      const given = {
        neutral: planes(neutral),
        picture: planes(picture),
        middle: planes(middle?.length ? middle : smaller(picture, 2), SIDE / 2),
        small: planes(small?.length ? small : smaller(picture, 4), SIDE / 4),
        condition: new ort.Tensor("float32", condition, [1, condition.length]),
      };
      return numbers(await run("discriminators_tiny_moving", given, onProgress));
    },

    /** @param {Pair} pair @param {Progress} onProgress @returns {Promise<Record<number, number>>} */
    async intensities({ neutral, picture }, onProgress) {
      return numbers(await run("intensity", { neutral: planes(neutral), picture: planes(picture) }, onProgress));
    },

    /** @param {Float32Array} picture @param {Progress} onProgress @returns {Promise<Record<string, number>>} */
    async hindrances(picture, onProgress) {
      return numbers(await run("hindrances", { picture: planes(picture) }, onProgress));
    },

    /** @param {ImageData} pixels @param {Progress} onProgress */
    async findFaces(pixels, onProgress) {
      const find = await once(FINDER, onProgress, ([pnet, rnet, onet]) =>
        openFinder(ort, { pnet, rnet, onet }, OPTIONS));
      return inTurn(() => find(pixels));
    },
  };
}

/** @param {Float32Array} picture @param {number} [side] */
function planes(picture, side = SIDE) {
  return new ort.Tensor("float32", picture, [1, PLANES, side, side]);
}

/** A picture of fewer pixels, the means of squares. @param {Float32Array} picture @param {number} times */
function smaller(picture, times) {
  const side = SIDE / times, result = new Float32Array(PLANES * side * side);
  for (let row = 0; row < PLANES * SIDE; row++) {
    const to = side * Math.floor(row / times);
    for (let column = 0; column < SIDE; column++) {
      result[to + Math.floor(column / times)] += picture[SIDE * row + column] / (times * times);
    }
  }
  return result;
}

/** The memory of all arrays in an answer, which is handed over instead of copied.
 *  @param {any} answer @returns {ArrayBuffer[]} */
function buffers(answer) {
  if (ArrayBuffer.isView(answer)) return [/** @type {ArrayBuffer} */ (answer.buffer)];
  return answer && typeof answer === "object" ? Object.values(answer).flatMap(buffers) : [];
}

/** @type {Map<string, Tasks>} */
const homes = new Map();

addEventListener("message", async (event) => {
  /** @type {{ number: number, task: keyof Tasks, given: any, home: string }} */
  const { number, task, given, home } = event.data;
  let tasks = homes.get(home);
  if (!tasks) homes.set(home, tasks = tasksOf(home));
  try {
    const result = await tasks[task](given, (done, total) => postMessage({ number, progress: [done, total] }));
    postMessage({ number, result }, { transfer: buffers(result) });
  } catch (reason) {
    const [line] = (reason instanceof Error ? reason.message : String(reason)).split("\n");
    postMessage({ number, failure: line || "The model stopped." });
  }
});
