// The engine of a page: what can be asked, and the way to the worker that answers.

/**
 * @typedef {object} Ask  a face and a sentence
 * @property {string} design         "tiny_moving" or "tiny"
 * @property {Float32Array} neutral  3 planes of 256x256 in -1..1, as every picture here
 * @property {number[]} tokens       numbers of the words; a word that is left out has none
 * @property {boolean} hidden        whether the synthesizer sees zeros instead of the condition
 */
/** @typedef {{ flow: Float32Array, mask: Float32Array, colors: Float32Array }} Movement  of 128x128 */
/**
 * @typedef {object} Answer
 * @property {Float32Array} picture
 * @property {Float32Array} middle  of 128x128
 * @property {Float32Array} small   of 64x64
 * @property {[Float32Array, Float32Array]} attention  a map for each word, of 64x64 and of 128x128
 * @property {Float32Array} condition
 * @property {Movement | null} movement  null in the paper's design
 */
/**
 * @typedef {object} Exhibit  for the discriminators; a level that is not given is the picture, made smaller
 * @property {Float32Array} neutral
 * @property {Float32Array} picture
 * @property {Float32Array} [middle]
 * @property {Float32Array} [small]
 * @property {Float32Array} condition
 */
/** @typedef {{ neutral: Float32Array, picture: Float32Array }} Pair */
/** @typedef {import("./placement.js").Face} Face */
/** @typedef {(done: number, total: number) => void} Progress  in bytes that travel */
/**
 * @typedef {object} Engine  A promise is kept, or broken with one plain line.
 * @property {(ask: Ask) => Promise<Answer>} synthesize
 * @property {(exhibit: Exhibit) => Promise<Record<string, number>>} judge  chances that it is true, by discriminator
 * @property {(pair: Pair) => Promise<Record<number, number>>} intensities  of Action Units: 0 absent, 1..5 A..E
 * @property {(pixels: ImageData) => Promise<Face[]>} [findFaces]
 * @property {(picture: Float32Array) => Promise<Record<string, number>>} [hindrances]  how sure it is of each, 0 to 1
 * @property {(design: string, onProgress?: Progress) => Promise<void>} load
 * @property {string} [privacy]  where a photograph goes, if not into this page alone
 * @property {(sentence: string) => Promise<any>} [understand]  reads everyday words, where Python is at hand
 * @property {() => void} close
 */
/** @typedef {keyof import("./worker.js").Tasks} Task */
/** @typedef {{ number: number, result?: any, failure?: string, progress?: [number, number] }} Message  of the worker */
/** @typedef {{ resolve: (result: any) => void, reject: (reason: Error) => void, onProgress: Progress }} Waiting */

/**
 * The model in a worker of this page.
 * @param {string} [home]  address of the folder with the models; by default, where this file lies
 * @param {Progress} [onProgress]  told of files that no `load` has asked for, such as those of the discriminators
 * @returns {Engine}
 */
export function engineInWorker(home = new URL(".", import.meta.url).href, onProgress = () => {}) {
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  /** @type {Worker | undefined} */
  let worker;
  let last = 0, failure = "";

  /** @param {string} reason  why nothing will be answered any more */
  function stop(reason) {
    failure = reason;
    worker?.terminate();
    for (const { reject } of waiting.values()) reject(new Error(reason));
    waiting.clear();
  }

  /** The worker, from the first question on: a reader who asks none pays nothing. */
  function begun() {
    const begins = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    begins.addEventListener("message", (/** @type {MessageEvent<Message>} */ { data: { number, ...said } }) => {
      const asked = waiting.get(number);
      if (said.progress) return asked?.onProgress(...said.progress);
      waiting.delete(number);
      if (said.failure === undefined) asked?.resolve(said.result);
      else asked?.reject(new Error(said.failure));
    });
    begins.addEventListener("error", (event) => {
      event.preventDefault();
      stop("The model cannot run in this browser, or its files are not where the page looks for them.");
    });
    return begins;
  }

  /** @param {Task} task @param {unknown} given @param {Progress} [told] @returns {Promise<any>} */
  function ask(task, given, told = onProgress) {
    if (failure) return Promise.reject(new Error(failure));
    const number = ++last;
    return new Promise((resolve, reject) => {
      waiting.set(number, { resolve, reject, onProgress: told });
      worker ??= begun();
      worker.postMessage({ number, task, given, home });
    });
  }

  return {
    synthesize: (given) => ask("synthesize", given),
    judge: (exhibit) => ask("judge", exhibit),
    intensities: (pair) => ask("intensities", pair),
    findFaces: (pixels) => ask("findFaces", pixels),
    hindrances: (picture) => ask("hindrances", picture),
    load: (design, told) => ask("load", design, told),
    close: () => stop("The model was closed."),
  };
}
