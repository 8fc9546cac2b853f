// Numbers about pictures and attention maps: the same definitions as in lfes_core.evaluation.measure.

/** Share of a region in each place of a smaller map.  @param {Uint8Array} mask 256x256, 1 inside  @param {number} side */
export function cover(mask, side) {
  const size = Math.sqrt(mask.length);
  const step = size / side;
  const share = new Float32Array(side * side);
  for (let at = 0; at < mask.length; at++) {
    const row = Math.floor(at / size / step);
    const column = Math.floor((at % size) / step);
    share[row * side + column] += mask[at] / (step * step);
  }
  return share;
}

/** Mean attention inside a region.  @param {Float32Array} map @param {Float32Array} covered */
export function inside(map, covered) {
  let sum = 0;
  let area = 0;
  for (let at = 0; at < map.length; at++) {
    sum += map[at] * covered[at];
    area += covered[at];
  }
  return area ? sum / area : NaN;
}

/** @param {Float32Array} values */
export function mean(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Mean attention inside a region, as a multiple of that of the whole map: 1 is chance.  @param {Float32Array} map @param {Float32Array} covered */
export const lift = (map, covered) => inside(map, covered) / mean(map);

/** Where a map is largest: from the left and from the top, 0 to 1.  @param {Float32Array} map @returns {[number, number]} */
export function peak(map) {
  const side = Math.sqrt(map.length);
  let at = 0;
  for (let other = 1; other < map.length; other++) if (map[other] > map[at]) at = other;
  return [((at % side) + 0.5) / side, (Math.floor(at / side) + 0.5) / side];
}

/** The maps of a level, one a word.  @param {Float32Array} level @param {number} words @returns {Float32Array[]} */
export function mapsOf(level, words) {
  const size = words ? level.length / words : 0;
  return Array.from({ length: words }, (_, word) => level.subarray(word * size, (word + 1) * size));
}

/** What each word has at one place.  @param {Float32Array[]} maps @param {number} x 0 to 1  @param {number} y @returns {number[]} */
export function sharesAt(maps, x, y) {
  return maps.map((map) => {
    const side = Math.sqrt(map.length);
    const last = side - 1;
    return map[Math.min(last, Math.floor(y * side)) * side + Math.min(last, Math.floor(x * side))];
  });
}

/** Lowest and highest value of maps.  @param {Float32Array[]} maps @returns {[number, number]} */
export function range(maps) {
  let low = Infinity;
  let high = -Infinity;
  for (const map of maps) {
    for (const value of map) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

/** @type {WeakMap<Float32Array, number>} */
const highest = new WeakMap();

/** The value that 0.3 % of the places exceed: a few places are much brighter than all others.  @param {Float32Array} level */
export function nearlyHighest(level) {
  const known = highest.get(level);
  if (known !== undefined) return known;
  const steps = 2000;
  const counts = new Uint32Array(steps + 1);
  for (const value of level) counts[Math.min(steps, Math.max(0, Math.ceil(value * steps)))]++;
  let step = steps;
  for (let above = 0; step > 1 && above + counts[step] < 0.003 * level.length; step--) above += counts[step];
  highest.set(level, step / steps);
  return step / steps;
}

/**
 * How much of one change another one contains: the factor that brings the whole change nearest to it (least squares).
 * @param {Float32Array} part @param {Float32Array} whole @param {Float32Array} neutral
 */
export function shareOfChange(part, whole, neutral) {
  let both = 0;
  let all = 0;
  for (let at = 0; at < whole.length; at++) {
    const change = whole[at] - neutral[at];
    both += (part[at] - neutral[at]) * change;
    all += change * change;
  }
  return all > 1e-3 ? both / all : NaN;
}

/** Mean absolute change of a color value, of 255.  @param {Float32Array} one @param {Float32Array} other */
export function meanChange(one, other) {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += Math.abs(one[at] - other[at]);
  return (127.5 * sum) / one.length;
}

/** @param {Uint8Array[]} masks @returns {Uint8Array} */
export function union(masks) {
  const all = new Uint8Array(masks.length ? masks[0].length : 0);
  for (const mask of masks) for (let at = 0; at < all.length; at++) all[at] |= mask[at];
  return all;
}

/** A share in two digits that say something: 0.04, 0.004.  @param {number} value */
export const digits = (value) =>
  value === 0 ? "0" : Number.isFinite(value) ? value.toFixed(Math.abs(value) < 0.095 ? 3 : 2) : "–";
/** @param {number} value */
export const percent = (value) => (Number.isFinite(value) ? `${Math.round(100 * value)} %` : "–");
/** One digit, and no minus before a zero.  @param {number} value */
export const tenths = (value) => (Number.isFinite(value) ? (Math.round(10 * value) / 10 || 0).toFixed(1) : "–");
