// Whose face it is: neutral picture, regions of the Action Units, and true pictures, each loaded when it is needed.

import { asPlanes, decode } from "./drawing.js";

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {string} subject
 * @property {string} neutral  path
 * @property {string} masks    path
 * @property {string} truths   path
 * @property {number[]} masked  Action Units of which it is known where they move this face
 * @property {Record<string, [number, number]>} known  where each true picture lies in that file
 */
/** @typedef {{ neutral: Float32Array, masks: Map<number, Uint8Array>, mean: boolean }} Face  `mean`: regions are those of a mean face */
/**
 * @typedef {object} Data
 * @property {import("./sentences.js").Tables} tables
 * @property {Person[]} people
 * @property {string} sheet      path of all faces, small, one below the other
 * @property {number[][]} colors of attention maps
 * @property {{ id: string, name: string }[]} designs
 * @property {{ person: string, sentence: string }} start
 */
/**
 * @typedef {object} Store  data.json, and files by their paths
 * @property {Data} data
 * @property {(path: string) => Promise<Blob>} file
 * @property {(person: string, expression: string) => Promise<Blob>} [truth]  one true picture, where they lie in no file
 */

export const PHOTOGRAPH = "photograph";

/** @param {Store} store */
export function people({ data, file, truth }) {
  /** @type {Map<string, Promise<Face>>} */
  const faces = new Map();
  /** @type {Map<string, Promise<Blob>>} */
  const packs = new Map();

  /** @param {string} id */
  const about = (id) => data.people.find((person) => person.id === id) || null;

  /** @param {Person} person @returns {Promise<Map<number, Uint8Array>>} */
  async function masksOf(person) {
    const { data: dots, width } = await decode(await file(person.masks));
    const size = width * width;
    return new Map(
      person.masked.map((number, place) => {
        const mask = new Uint8Array(size);
        for (let at = 0; at < size; at++) mask[at] = dots[4 * (place * size + at)] > 127 ? 1 : 0;
        return [number, mask];
      }),
    );
  }

  /** Regions of a mean face: where most people move.  @returns {Promise<Map<number, Uint8Array>>} */
  async function meanMasks() {
    const { masked } = data.people[0];
    const all = await Promise.all(data.people.filter((person) => person.masked.join() === masked.join()).map(masksOf));
    return new Map(
      masked.map((number) => {
        const masks = all.map((each) => /** @type {Uint8Array} */ (each.get(number)));
        return [number, masks[0].map((_, at) => Number(masks.reduce((sum, mask) => sum + mask[at], 0) > masks.length / 2))];
      }),
    );
  }

  return {
    about,
    /** @param {string} id @returns {Promise<Face>} */
    face(id) {
      let face = faces.get(id);
      if (!face) {
        const person = about(id);
        if (!person) return Promise.reject(new Error(`there is no face "${id}"`));
        face = Promise.all([file(person.neutral).then(decode), masksOf(person)]).then(([pixels, masks]) => ({
          neutral: asPlanes(pixels),
          masks,
          mean: false,
        }));
        face.catch(() => faces.delete(id));
        faces.set(id, face);
      }
      return face;
    },
    /** A reader's own face.  @param {ImageData} crop */
    adopt(crop) {
      faces.set(
        PHOTOGRAPH,
        meanMasks().then((masks) => ({ neutral: asPlanes(crop), masks, mean: true })),
      );
    },
    has: (/** @type {string} */ id) => Boolean(about(id)) || faces.has(id),
    /** Whether the true picture of an expression is known.  @param {string} id @param {string} expression */
    knows: (id, expression) => Boolean(about(id)?.known[expression]),
    /** @param {string} id @param {string} expression @returns {Promise<Float32Array | null>} */
    async truth(id, expression) {
      const person = about(id);
      const place = person?.known[expression];
      if (!person || !place) return null;
      if (truth) return asPlanes(await decode(await truth(id, expression)));
      let pack = packs.get(id);
      if (!pack) packs.set(id, (pack = file(person.truths)));
      return asPlanes(await decode((await pack).slice(place[0], place[0] + place[1], "image/webp")));
    },
  };
}

/** @typedef {ReturnType<typeof people>} People */
