// The whole state of the explorer, and the same as a piece of an address: what a link brings back.

/**
 * @typedef {object} State
 * @property {string} person    id of a person, or "photograph"
 * @property {string} sentence  as it was typed or put together
 * @property {number} word      which word's map is shown large
 * @property {1 | 2} level      after which level attention is shown: 64x64 or 128x128 places
 * @property {boolean} own      each map in its own scale, instead of one for all words
 * @property {boolean} outlined whether regions are outlined
 * @property {number[]} out     words that are left out
 * @property {boolean} hidden   whether the condition is hidden
 * @property {string} design
 * @property {string} view      what stands beside the synthesized picture
 * @property {[number, number] | null} place  of the face, from the left and from the top, 0 to 1
 * @property {string[]} tools   which tools are open
 * @property {string} other     second sentence of the comparison; "" for none
 * @property {number} unit      Action Unit of the adverb scale; 0 for the first of the sentence
 * @property {string} wrong     wrong sentence of the courtroom; "" for the proposed one
 * @property {string} stranger  wrong person of the courtroom; "" for the next one
 */

export const VIEWS = ["neutral", "true", "difference", "arrows", "mesh"];
export const TOOLS = ["table", "carries", "designs", "exchange", "scale", "courtroom", "share"];
const START = "explorer:";

/** @param {string} person @param {string} sentence @returns {State} */
export function initial(person, sentence) {
  return {
    person,
    sentence,
    word: 0,
    level: 1,
    own: false,
    outlined: true,
    out: [],
    hidden: false,
    design: "tiny_moving",
    view: "neutral",
    place: null,
    tools: [],
    other: "",
    unit: 0,
    wrong: "",
    stranger: "",
  };
}

/** What follows the # of an address.  @param {State} state @returns {string} */
export function toFragment(state) {
  const parts = new URLSearchParams({ face: state.person, say: state.sentence, word: String(state.word) });
  /** @param {string} name @param {string | false | 0} value */
  const add = (name, value) => {
    if (value) parts.set(name, value);
  };
  add("level", state.level === 2 && "2");
  add("scale", state.own && "own");
  add("outline", !state.outlined && "off");
  add("out", state.out.join("."));
  add("condition", state.hidden && "hidden");
  add("design", state.design !== "tiny_moving" && state.design);
  add("beside", state.view !== "neutral" && state.view);
  add(
    "at",
    state.place ? state.place.map((value) => String(Math.min(999, Math.round(1000 * value))).padStart(3, "0")).join(".") : "",
  );
  add("open", state.tools.join("."));
  add("other", state.other);
  add("unit", state.unit && String(state.unit));
  add("wrong", state.wrong);
  add("stranger", state.stranger);
  return START + parts.toString();
}

/**
 * The state that an address stands for; null where it is not one of the explorer. What it does not say, or says of
 * something that does not exist, is as in `base`.
 * @param {string} fragment @param {State} base @param {{ people: string[], designs: string[] }} known @returns {State | null}
 */
export function fromFragment(fragment, base, known) {
  const text = fragment.replace(/^#/, "");
  if (!text.startsWith(START)) return null;
  const parts = new URLSearchParams(text.slice(START.length));
  const state = { ...base, out: /** @type {number[]} */ ([]), tools: /** @type {string[]} */ ([]) };
  /** @param {string} name */
  const part = (name) => parts.get(name) || "";
  /** @param {string} name @param {string[]} list @param {string} otherwise */
  const among = (name, list, otherwise) => (list.includes(part(name)) ? part(name) : otherwise);
  /** @param {string} value */
  const whole = (value) => (/^\d{1,3}$/.test(value) ? Number(value) : 0);
  state.person = among("face", known.people, base.person);
  state.sentence = part("say").slice(0, 1000) || base.sentence;
  state.word = whole(part("word"));
  state.level = part("level") === "2" ? 2 : 1;
  state.own = part("scale") === "own";
  state.outlined = part("outline") !== "off";
  state.out = part("out").split(".").filter(Boolean).map(whole);
  state.hidden = part("condition") === "hidden";
  state.design = among("design", known.designs, base.design);
  state.view = among("beside", VIEWS, base.view);
  const place = /^(\d{3})\.(\d{3})$/.exec(part("at"));
  state.place = place ? [Number(place[1]) / 1000, Number(place[2]) / 1000] : null;
  state.tools = part("open")
    .split(".")
    .filter((name) => TOOLS.includes(name));
  state.other = part("other").slice(0, 1000);
  state.unit = whole(part("unit"));
  state.wrong = part("wrong").slice(0, 1000);
  state.stranger = among("stranger", known.people, "");
  return state;
}

/**
 * The name of the true picture of an expression: a jaw that drops parts the lips as far, unless the sentence says how
 * far. "" where an intensity is not given, for then no picture is the one.
 * @param {Record<string, number>} units @param {string} letters
 */
export function expressionName(units, letters) {
  const wanted = { ...units };
  const jaw = [26, 27].find((number) => number in wanted);
  if (jaw && !(25 in wanted)) wanted[25] = wanted[jaw];
  const named = Object.entries(wanted).sort(([one], [other]) => Number(one) - Number(other));
  return named.every(([, level]) => level > 0) ? named.map(([number, level]) => number + letters[level - 1]).join("+") : "";
}
