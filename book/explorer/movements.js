// The movement viewer: one person makes one movement at a time, from rest to its maximum, and where the skin moves.

import { loaded, make, oneOf, player, tick } from "./parts.js";

/**
 * @typedef {object} Unit
 * @property {string} code       numbers, as in "25 + 26"
 * @property {string} name
 * @property {string} muscle
 * @property {string} seen       what one sees
 * @property {string} region
 * @property {string[]} pictures  addresses, from A to E
 * @property {string[]} sentences likewise
 * @property {string} map        address of the picture of where the skin moves
 * @property {number} most       pixels of the largest movement
 */
/**
 * @typedef {object} Data
 * @property {string} who
 * @property {string} neutral    address
 * @property {string} rest       sentence of a face at rest
 * @property {string} letters
 * @property {string[]} meanings of the letters
 * @property {number[][]} colors of the map
 * @property {Unit[]} units
 * @property {number} start
 */

const ROUND = [0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0];
const PAUSE = 300;

/** @param {HTMLElement} root @param {Data} data */
export function mount(root, data) {
  const chosen = { unit: data.start, level: 5, where: false };
  let newest = 0,
    back = 0;

  const list = make("select", { onchange: () => change({ unit: Number(list.value) }) });
  for (const region of new Set(data.units.map((unit) => unit.region))) {
    const group = make("optgroup", { label: region });
    data.units.forEach((unit, place) => {
      if (unit.region === region) group.append(new Option(`AU ${unit.code}: ${unit.name}`, String(place)));
    });
    list.append(group);
  }
  list.value = String(data.start);
  const named = (/** @type {number} */ level) =>
    level ? `${data.letters[level - 1]}, ${data.meanings[level - 1]}` : "0, neutral";
  const levels = oneOf(
    "Intensity",
    ["0", ...data.letters].map((letter, level) => [String(level), letter]),
    (value) => {
      play.stop();
      change({ level: Number(value) });
    },
  );
  levels.element.classList.add("lfes-steps");
  levels.element.querySelectorAll("input").forEach((box, level) => box.setAttribute("aria-label", named(level)));
  const where = tick("where the skin moves", (checked) => change({ where: checked }));

  // "dark-light": the book's theme lays no white ground below these pictures in the dark.
  const neutral = make("img", { class: "dark-light", alt: `${data.who}, neutral`, src: data.neutral });
  const picture = make("img", { class: "dark-light", alt: "" });
  const map = make("img", { class: "lfes-over dark-light", alt: "", hidden: true });
  const code = make("figcaption"),
    most = make("span");
  const bar = make("div", { class: "lfes-colors" });
  bar.style.background = `linear-gradient(to right, ${data.colors.map((color) => `rgb(${color.join(" ")})`).join()})`;
  const scale = make(
    "div",
    { "aria-hidden": "true", hidden: true },
    bar,
    make("div", { class: "lfes-ends" }, make("span", {}, "0"), most),
  );
  const muscle = make("dd"),
    seen = make("dd"),
    region = make("dd");
  const sentence = make("b"),
    note = make("span");
  const status = make("p", { class: "lfes-status", role: "status", "aria-live": "polite" }, sentence, " ", note);
  const play = player(status, PAUSE, async (place) => {
    if (!place) back = chosen.level;
    await change({ level: place < ROUND.length ? ROUND[place] : back });
    return place < ROUND.length;
  });
  root.append(
    make(
      "div",
      { class: "lfes-controls" },
      make("label", { class: "lfes-wide" }, make("span", {}, "Action Unit"), list),
      levels.element,
      play.element,
      where.element,
    ),
    make(
      "div",
      { class: "lfes-sheet" },
      make("figure", {}, make("div", { class: "lfes-frame" }, neutral), make("figcaption", {}, "neutral")),
      make("figure", {}, make("div", { class: "lfes-frame" }, picture, map), code, scale),
      make(
        "dl",
        {},
        make("dt", {}, "Muscle"),
        muscle,
        make("dt", {}, "What one sees"),
        seen,
        make("dt", {}, "Part of the face"),
        region,
      ),
    ),
    status,
  );

  /** @param {Partial<typeof chosen>} part */
  async function change(part) {
    Object.assign(chosen, part);
    const turn = ++newest,
      { level } = chosen,
      unit = data.units[chosen.unit];
    const coming = await loaded(level ? unit.pictures[level - 1] : data.neutral);
    if (turn !== newest) return; // another choice was made meanwhile
    const letter = level ? data.letters[level - 1] : "";
    const codes = unit.code
      .split(" + ")
      .map((number) => number + letter)
      .join(" + ");
    sentence.textContent = level ? unit.sentences[level - 1] : data.rest;
    picture.src = coming.src;
    picture.alt = `${data.who}. ${sentence.textContent}`;
    picture.classList.toggle("lfes-gray", chosen.where);
    map.hidden = scale.hidden = !chosen.where;
    map.src = unit.map;
    map.alt = `Where AU ${unit.code} moves the skin: most at the ${unit.region}`;
    most.textContent = `${unit.most} pixels at E`;
    code.textContent = `AU ${codes}${level ? `, ${data.meanings[level - 1]}` : " at rest"}`;
    muscle.textContent = unit.muscle;
    seen.textContent = unit.seen;
    region.textContent = unit.region;
    note.textContent = chosen.where ? `Light places move most, up to ${unit.most} of 256 pixels at intensity E.` : "";
    levels.set(String(level));
    root.dataset.ready = String(turn);
  }
  change({});
}
