// Where Action Units move a face: outlines, shares of map places, and the parts of the face by name. Made once each.

import { outlineOf } from "./drawing.js";
import { cover, union } from "./measures.js";

/** @typedef {import("./people.js").Face} Face */
/** @typedef {import("./sentences.js").Unit} Unit */

/** @type {WeakMap<Uint8Array, Map<number, Float32Array>>} */
const covers = new WeakMap();
/** @type {WeakMap<Uint8Array, Path2D>} */
const outlines = new WeakMap();
/** @type {WeakMap<Uint8Array, number>} */
const areas = new WeakMap();
/** @type {WeakMap<Face, [string, Uint8Array][]>} */
const parts = new WeakMap();

/** @param {Uint8Array} mask @param {number} side */
export function coverOf(mask, side) {
  const known = covers.get(mask) || new Map();
  covers.set(mask, known);
  if (!known.has(side)) known.set(side, cover(mask, side));
  return /** @type {Float32Array} */ (known.get(side));
}

/** @param {Uint8Array} mask */
export function outline(mask) {
  let path = outlines.get(mask);
  if (!path) outlines.set(mask, (path = outlineOf(mask)));
  return path;
}

/** Parts of the face, each the union of the regions of its Action Units.  @param {Face} face @param {Unit[]} units */
export function partsOf(face, units) {
  let known = parts.get(face);
  if (!known) {
    const names = [...new Set(units.map((unit) => unit.region))];
    known = names.map((name) => {
      const masks = units.filter((unit) => unit.region === name).map((unit) => face.masks.get(unit.number));
      return /** @type {[string, Uint8Array]} */ ([name, union(/** @type {Uint8Array[]} */ (masks.filter(Boolean)))]);
    });
    known = known.filter(([, mask]) => mask.length);
    parts.set(face, known);
  }
  return known;
}

/**
 * What lies at a place: the smallest part of the face that covers it.
 * @param {Face} face @param {Unit[]} units @param {number} x 0 to 1  @param {number} y
 */
export function nameOf(face, units, x, y) {
  let best = "";
  let least = Infinity;
  for (const [name, mask] of partsOf(face, units)) {
    const side = Math.sqrt(mask.length);
    const at = Math.min(side - 1, Math.floor(y * side)) * side + Math.min(side - 1, Math.floor(x * side));
    if (!mask[at]) continue;
    const area = areas.get(mask) ?? mask.reduce((sum, value) => sum + value, 0);
    areas.set(mask, area);
    if (area < least) [best, least] = [name, area];
  }
  return best;
}
