// A face's change, made on the frame, laid back on its photograph at the photograph's own resolution: the page's half of
// lfes_core.photographs.lay_back and lfes_core.networks.moved, with the same maths.

import { IMAGE_SIZE, inverted, there } from "./placement.js";

/** @typedef {import("./placement.js").Pixels} Pixels */
/** @typedef {import("./placement.js").Placement} Placement */
/** @typedef {{flow: Float32Array, mask: Float32Array, colors: Float32Array}} Movement 2, 1 and 3 maps of one size */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box the last two are no longer inside */

/** Along the edge of the frame, in parts of its width, a change fades out. */
export const BORDER = 0.1;
/** A flow of less pixels of 256 is no movement, and one of more is a whole one. */
export const QUIET = [0.5, 1.5];
/** Cells across in which shade is told from detail. */
export const SHADE = 64;
const CUBIC = -0.75;

/**
 * What a sentence does beside a neutral one, as lfes_core.synthesis counts it.
 * @param {import("./engine.js").Answer} answer @param {import("./engine.js").Answer} still
 * @returns {Movement | Float32Array}
 */
export function besideNeutral({ picture, movement }, still) {
  const before = still.movement;
  if (!movement || !before) return picture.map((value, at) => value - still.picture[at]);
  return {
    flow: movement.flow.map((value, at) => value - before.flow[at]),
    mask: movement.mask.map((value, at) => Math.max(0, value - before.mask[at])),
    colors: movement.colors,
  };
}

/** The pixels that lie on the frame. @param {Placement} place @param {Pixels} pixels @returns {Box} */
function boxOf(place, { width, height }) {
  const corners = [there(place, [0, 0]), there(place, [1, 0]), there(place, [0, 1]), there(place, [1, 1])];
  const [x, y] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
  return {
    left: Math.max(0, Math.ceil(Math.min(...x))),
    top: Math.max(0, Math.ceil(Math.min(...y))),
    right: Math.min(width, Math.floor(Math.max(...x)) + 1),
    bottom: Math.min(height, Math.floor(Math.max(...y)) + 1),
  };
}

/** Each place's largest or mean value of the places around it, along rows and then columns.
 *  @param {Float32Array} map @param {number} size @param {number} reach @param {boolean} mean */
function around(map, size, reach, mean) {
  let before = map;
  for (const step of [1, size]) {
    const after = new Float32Array(map.length);
    for (let at = 0; at < map.length; at++) {
      const place = Math.floor(at / step) % size;
      const first = Math.max(0, place - reach) - place, last = Math.min(size - 1, place + reach) - place;
      let value = mean ? 0 : before[at];
      for (let other = at + first * step; other <= at + last * step; other += step) {
        value = mean ? value + before[other] : Math.max(value, before[other]);
      }
      after[at] = mean ? value / (last - first + 1) : value;
    }
    before = after;
  }
  return before;
}

/** From 0, where nothing happens on the frame, to 1; grown and softened, so that no seam is seen.
 *  @param {Movement | Float32Array} change @param {number} size */
export function activity(change, size) {
  const count = size * size, [low, high] = QUIET;
  const much = Float32Array.from({ length: count }, (_, at) => {
    const value = change instanceof Float32Array
      ? 50 * Math.max(Math.abs(change[at]), Math.abs(change[at + count]), Math.abs(change[at + 2 * count]))
      : Math.max(Math.hypot(change.flow[at], change.flow[at + count]) * (IMAGE_SIZE / 2), 25 * change.mask[at]);
    return Math.min(1, Math.max(0, (value - low) / (high - low)));
  });
  const reach = Math.floor(size / 32);
  return around(around(much, size, reach, false), size, reach, true);
}

/** Maps of one size side by side, so that all are read at once. @param {Float32Array[]} maps @param {number} size */
function joined(maps, size) {
  const count = size * size;
  const all = maps.flatMap((map) => Array.from({ length: map.length / count }, (_, at) => map.subarray(at * count, (at + 1) * count)));
  const values = new Float32Array(count * all.length);
  all.forEach((map, channel) => map.forEach((value, at) => (values[at * all.length + channel] = value)));
  return { values, size, channels: all.length };
}

/** What all maps say at a place on the frame, linearly between their cells; beyond the edge as at the edge.
 *  @param {ReturnType<typeof joined>} maps @param {number} u @param {number} v @param {Float64Array} into */
function read({ values, size, channels }, u, v, into) {
  const x = Math.min(Math.max(u * size - 0.5, 0), size - 1), y = Math.min(Math.max(v * size - 0.5, 0), size - 1);
  const column = Math.floor(x), row = Math.floor(y), partX = x - column, partY = y - row;
  const right = column < size - 1 ? channels : 0, below = row < size - 1 ? channels * size : 0;
  const at = channels * (row * size + column);
  for (let channel = 0; channel < channels; channel++) {
    const one = at + channel;
    into[channel] = (1 - partY) * ((1 - partX) * values[one] + partX * values[one + right])
      + partY * ((1 - partX) * values[one + below] + partX * values[one + below + right]);
  }
}

/** Weights of four neighbors for a place between the second and the third. @param {number} t @param {Float64Array} into */
function cubic(t, into) {
  const far = (/** @type {number} */ x) => ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC;
  const close = (/** @type {number} */ x) => ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  into[0] = far(t + 1);
  into[1] = close(t);
  into[2] = close(1 - t);
  into[3] = far(2 - t);
}

/** Reads the photograph between its pixels, from 0 to 255; beyond the box as at its edge.
 *  @param {Pixels} pixels @param {Box} box */
function reader({ data, width }, box) {
  const across = new Float64Array(4), down = new Float64Array(4), columns = new Int32Array(4);
  return (/** @type {number} */ x, /** @type {number} */ y, /** @type {Float32Array} */ into, /** @type {number} */ to) => {
    const left = Math.floor(x), top = Math.floor(y);
    cubic(x - left, across);
    cubic(y - top, down);
    for (let at = 0; at < 4; at++) columns[at] = 4 * Math.min(Math.max(left + at - 1, box.left), box.right - 1);
    let red = 0, green = 0, blue = 0;
    for (let row = 0; row < 4; row++) {
      const line = 4 * width * Math.min(Math.max(top + row - 1, box.top), box.bottom - 1);
      for (let at = 0; at < 4; at++) {
        const from = line + columns[at], weight = down[row] * across[at];
        red += weight * data[from];
        green += weight * data[from + 1];
        blue += weight * data[from + 2];
      }
    }
    into[to] = Math.min(255, Math.max(0, red)); // cubic weights overshoot at edges
    into[to + 1] = Math.min(255, Math.max(0, green));
    into[to + 2] = Math.min(255, Math.max(0, blue));
  };
}

/** Means of an RGB picture over `SHADE` cells in each direction; cells that are not whole inside of `part` stay empty.
 *  @param {Float32Array} picture @param {number} width @param {number} height @param {Box} part */
function shaded(picture, width, height, part) {
  const cells = new Float32Array(3 * SHADE * SHADE);
  for (let row = 0; row < SHADE; row++) {
    const top = Math.floor((row * height) / SHADE), bottom = Math.ceil(((row + 1) * height) / SHADE);
    if (top < part.top || bottom > part.bottom) continue;
    for (let column = 0; column < SHADE; column++) {
      const left = Math.floor((column * width) / SHADE), right = Math.ceil(((column + 1) * width) / SHADE);
      if (left < part.left || right > part.right) continue;
      const share = 1 / ((bottom - top) * (right - left)), to = 3 * (row * SHADE + column);
      for (let y = top; y < bottom; y++) {
        for (let at = 3 * (y * width + left); at < 3 * (y * width + right); at += 3) {
          for (let color = 0; color < 3; color++) cells[to + color] += share * picture[at + color];
        }
      }
    }
  }
  return joined([0, 1, 2].map((color) => cells.filter((_, at) => at % 3 === color)), SHADE);
}

/**
 * The photograph with the change of its face; wherever nothing changed it stays as it is, bit for bit.
 * @param {Pixels} pixels @param {Placement} place of the face's frame
 * @param {Movement | Float32Array} change a movement on the frame, which moves the photograph's own pixels; or
 *   differences of colors [3 s s], in halves of their range, from a design that knows no movement
 * @returns {Pixels}
 */
export function layBack(pixels, place, change) {
  const result = { data: pixels.data.slice(), width: pixels.width, height: pixels.height };
  const box = boxOf(place, pixels), width = box.right - box.left, height = box.bottom - box.top;
  if (width <= 0 || height <= 0) return result;
  const moves = !(change instanceof Float32Array);
  const size = Math.round(Math.sqrt(moves ? change.mask.length : change.length / 3));
  const active = joined([activity(change, size)], size);
  const maps = joined(moves ? [change.flow, change.mask, change.colors] : [change], size);
  const [[a, b, x], [c, d, y]] = inverted(place);

  const weights = new Float32Array(width * height), now = new Float64Array(maps.channels);
  const part = { left: width, top: height, right: 0, bottom: 0 }; // where anything changes
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      const u = a * (column + box.left) + b * (row + box.top) + x, v = c * (column + box.left) + d * (row + box.top) + y;
      const edge = Math.min(u, 1 - u, v, 1 - v) / BORDER;
      if (edge <= 0) continue;
      read(active, u, v, now);
      weights[at] = now[0] * Math.min(1, edge);
      if (weights[at] <= 0) continue;
      part.left = Math.min(part.left, column);
      part.right = Math.max(part.right, column + 1);
      part.top = Math.min(part.top, row);
      part.bottom = Math.max(part.bottom, row + 1);
    }
  }
  if (part.right === 0) return result;

  const changed = new Float32Array(3 * width * height); // from 0 to 255
  /** @param {Box} within @param {(at: number, u: number, v: number, column: number, row: number) => void} what */
  const everywhere = (within, what) => {
    for (let row = within.top; row < within.bottom; row++) {
      for (let column = within.left; column < within.right; column++) {
        const left = column + box.left, top = row + box.top;
        what(row * width + column, a * left + b * top + x, c * left + d * top + y, column, row);
      }
    }
  };
  if (moves) {
    const two = [width, height].map((side) => 2 * Math.ceil(side / SHADE) + 1); // cells that reach into the part
    const wider = {
      left: Math.max(0, part.left - two[0]), right: Math.min(width, part.right + two[0]),
      top: Math.max(0, part.top - two[1]), bottom: Math.min(height, part.bottom + two[1]),
    };
    const from = reader(pixels, box);
    everywhere(wider, (at, u, v, column, row) => {
      read(maps, u, v, now);
      const right = (place[0][0] * now[0] + place[0][1] * now[1]) / 2, down = (place[1][0] * now[0] + place[1][1] * now[1]) / 2;
      from(column + box.left + right, row + box.top + down, changed, 3 * at);
    });
    const cells = shaded(changed, width, height, wider), shade = new Float64Array(3);
    everywhere(part, (at, u, v, column, row) => {
      if (weights[at] <= 0) return;
      read(maps, u, v, now);
      read(cells, (column + 0.5) / width, (row + 0.5) / height, shade);
      const mask = now[2];
      for (let color = 0; color < 3; color++) {
        const paint = 127.5 * (now[3 + color] + 1), warped = changed[3 * at + color];
        changed[3 * at + color] = shade[color] + mask * (paint - shade[color]) + (1 - mask * mask) * (warped - shade[color]);
      }
    });
  } else {
    everywhere(part, (at, u, v, column, row) => {
      read(maps, u, v, now);
      const from = 4 * ((row + box.top) * pixels.width + column + box.left);
      for (let color = 0; color < 3; color++) changed[3 * at + color] = pixels.data[from + color] + 127.5 * now[color];
    });
  }
  everywhere(part, (at, _u, _v, column, row) => {
    if (weights[at] <= 0) return;
    const to = 4 * ((row + box.top) * pixels.width + column + box.left);
    for (let color = 0; color < 3; color++) {
      const before = pixels.data[to + color];
      result.data[to + color] = before + weights[at] * (changed[3 * at + color] - before); // rounded and held in 0..255
    }
  });
  return result;
}
