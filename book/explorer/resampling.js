// Pictures made smaller, and a face brought to its place: what Pillow and scikit-image do for lfes_core.images.align.

import { frameSide, IMAGE_SIZE } from "./placement.js";

/** @typedef {import("./placement.js").Pixels} Pixels */
/** @typedef {import("./placement.js").Placement} Placement */
/** @typedef {{reach: number, weight: (x: number) => number}} Kernel */

/** @param {number} x */
const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
/** @type {Kernel} */
export const LANCZOS = { reach: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) };
/** @type {Kernel} */
export const BOX = { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };
const HALVES = 1e-6; // are rounded up
/** Side of the largest picture on the way to a crop, in pixels. */
export const LARGEST = 2048;

/** Which pixels of a row one pixel of the shorter row is made of, and with which weights.
 *  @param {number} from @param {number} to @param {Kernel} kernel */
function parts(from, to, { reach, weight }) {
  const scale = from / to, wide = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const middle = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(middle - reach * wide + 0.5));
    const last = Math.min(from, Math.trunc(middle + reach * wide + 0.5));
    const weights = Float64Array.from({ length: last - first }, (_, at) => weight((at + first - middle + 0.5) / wide));
    const sum = weights.reduce((one, other) => one + other, 0);
    return { first, weights: weights.map((each) => each / sum) };
  });
}

/**
 * One direction of `resized`. A line's pixels lie `step` numbers apart, lines begin `line` apart.
 * @param {Uint8ClampedArray<ArrayBuffer>} data @param {ReturnType<typeof parts>} made @param {number} lines
 * @param {{line: number, step: number}} from @param {{line: number, step: number}} to
 */
function pass(data, made, lines, from, to) {
  const result = new Uint8ClampedArray(made.length * lines * 4).fill(255);
  for (let line = 0; line < lines; line++) {
    for (let place = 0; place < made.length; place++) {
      const { first, weights } = made[place];
      let red = HALVES, green = HALVES, blue = HALVES, next = line * from.line + first * from.step;
      for (let at = 0; at < weights.length; at++, next += from.step) {
        red += weights[at] * data[next];
        green += weights[at] * data[next + 1];
        blue += weights[at] * data[next + 2];
      }
      const there = line * to.line + place * to.step;
      result[there] = red;
      result[there + 1] = green;
      result[there + 2] = blue;
    }
  }
  return result;
}

/**
 * A picture of another size, opaque.
 * @param {Pixels} pixels @param {number} width @param {number} height @param {Kernel} kernel @returns {Pixels}
 */
export function resized(pixels, width, height, kernel) {
  let { data } = pixels;
  if (width !== pixels.width) {
    data = pass(data, parts(pixels.width, width, kernel), pixels.height,
      { line: 4 * pixels.width, step: 4 }, { line: 4 * width, step: 4 });
  }
  if (height !== pixels.height) {
    data = pass(data, parts(pixels.height, height, kernel), width,
      { line: 4, step: 4 * width }, { line: 4, step: 4 * width });
  }
  return { data, width, height };
}

/**
 * A face at its place on the frame; what lies outside of the picture repeats its edge.
 * @param {Pixels} pixels @param {Placement} place
 * @param {number} [finest] how many times as finely it may be sampled before it is averaged: 1 is quick
 * @returns {Pixels}
 */
export function align({ data, width, height }, place, finest = LARGEST / IMAGE_SIZE) {
  const reduction = Math.min(Math.max(1, Math.ceil(frameSide(place) / IMAGE_SIZE)), finest);
  const size = IMAGE_SIZE * reduction;
  const result = new Uint8ClampedArray(4 * size * size).fill(255);
  const [[a, b, left], [c, d, top]] = place;
  for (let row = 0, to = 0; row < size; row++) {
    for (let column = 0; column < size; column++, to += 4) {
      const u = (column + 0.5) / size, v = (row + 0.5) / size;
      const x = Math.min(Math.max(a * u + b * v + left, 0), width - 1);
      const y = Math.min(Math.max(c * u + d * v + top, 0), height - 1);
      const firstX = Math.floor(x), firstY = Math.floor(y), partX = x - firstX, partY = y - firstY;
      const right = partX > 0 ? 4 : 0, below = partY > 0 ? 4 * width : 0, from = 4 * (firstY * width + firstX);
      for (let color = 0; color < 3; color++) {
        const at = from + color;
        const upper = (1 - partX) * data[at] + partX * data[at + right];
        const lower = (1 - partX) * data[at + below] + partX * data[at + below + right];
        result[to + color] = (1 - partY) * upper + partY * lower;
      }
    }
  }
  return resized({ data: result, width: size, height: size }, IMAGE_SIZE, IMAGE_SIZE, LANCZOS);
}
