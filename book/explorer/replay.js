// The replay of training: what held-out people looked like after each step of some runs, and the curves of the game.

import { loaded, make, oneOf, player } from "./parts.js";
import { panel } from "./curves.js";

/** @typedef {[number, number]} Point  step and value */
/**
 * @typedef {object} Run
 * @property {string} title
 * @property {{ step: number, picture: string }[]} frames  a picture holds all people side by side
 * @property {Point[]} seconds
 * @property {Record<string, Point[]>} curves
 */
/**
 * @typedef {object} Data
 * @property {{ subject: string, sentence: string }[]} people
 * @property {string} fixed   address of a picture: neutral faces, and below them the true ones
 * @property {number} pairs   of held-out pictures that were measured
 * @property {import("./curves.js").Panel[]} panels
 * @property {Run[]} runs
 */

const PAUSE = 400;
/** As in the figures of the chapter on training. */
export const COLORS = ["#0072B2", "#D55E00", "#CC79A7", "#E69F00", "#56B4E9", "#009E73"];

const many = (/** @type {number} */ number) => number.toLocaleString("en-US");

/**
 * The last item that is not behind a step.
 * @template T
 * @param {T[]} list @param {number} step @param {(item: T) => number} key @returns {T}
 */
const latest = (list, step, key) => list.reduce((found, item) => (key(item) <= step ? item : found), list[0]);

/** A frame that shows one of the people of a picture.  @param {string} caption @param {string} [color]  of its run */
function frame(caption, color) {
  const image = make("img", { class: "dark-light", alt: "" }),
    extra = make("span"),
    key = make("span", { class: "lfes-key" });
  if (color) key.style.color = color;
  const element = make(
    "figure",
    {},
    make("div", { class: "lfes-frame" }, image),
    make("figcaption", {}, color && key, caption, extra),
  );
  return {
    element,
    extra,
    /**
     * @param {string} source @param {[number, number]} place  of the person, and how many there are
     * @param {[number, number]} row  likewise @param {string} alt
     */
    put(source, [person, people], [row, rows], alt) {
      image.src = source;
      image.style.width = `${100 * people}%`;
      image.style.height = `${100 * rows}%`;
      image.style.transform = `translate(${(-100 * person) / people}%, ${(-100 * row) / rows}%)`;
      image.alt = alt;
    },
  };
}

/** @param {HTMLElement} root @param {Data} data */
export function mount(root, data) {
  const steps = [...new Set(data.runs.flatMap((run) => run.frames.map(({ step }) => step)))].sort(
    (one, other) => one - other,
  );
  const end = steps[steps.length - 1],
    chosen = { place: steps.length - 1, person: 0 };
  let newest = 0;

  const clock = make("span", {}, "Step");
  const slider = make("input", {
    type: "range",
    min: "0",
    step: "1",
    max: String(steps.length - 1),
    oninput: () => {
      play.stop();
      change({ place: Number(slider.value) });
    },
  });
  const people = oneOf(
    "Person",
    data.people.map((_, place) => [String(place), String(place + 1)]),
    (value) => change({ person: Number(value) }),
  );
  people.element.classList.add("lfes-steps");
  people.element
    .querySelectorAll("input")
    .forEach((box, place) => box.setAttribute("aria-label", data.people[place].subject));
  const sentence = make("b"),
    note = make("span", { class: "lfes-note" });
  const status = make("p", { class: "lfes-status", role: "status", "aria-live": "polite" }, sentence, " ", note);
  // Each picture is on the page before the next one is asked for, also on a slow machine.
  const play = player(status, PAUSE, async (place) => {
    if (!place && chosen.place === steps.length - 1) chosen.place = -1;
    await change({ place: chosen.place + 1 });
    return chosen.place < steps.length - 1;
  });
  const neutral = frame("neutral"),
    made = data.runs.map((run, place) => frame(run.title, COLORS[place])),
    truth = frame("true picture");
  const pictures = make("div", { class: "lfes-strip" }, ...[neutral, ...made, truth].map(({ element }) => element));
  pictures.style.setProperty("--columns", String(Math.min(5, data.runs.length + 2)));
  const panels = data.panels.map((about) =>
    panel(
      about,
      data.runs.map((run, place) => ({ ...run, color: COLORS[place] })),
      end,
    ),
  );
  root.append(
    make(
      "div",
      { class: "lfes-controls" },
      make("label", { class: "lfes-wide" }, clock, slider),
      play.element,
      people.element,
    ),
    status,
    pictures,
    make("div", { class: "lfes-panels" }, ...panels.map(({ element }) => element)),
  );

  /** @param {Partial<typeof chosen>} part */
  async function change(part) {
    Object.assign(chosen, part);
    const turn = ++newest,
      step = steps[chosen.place],
      { subject, sentence: said } = data.people[chosen.person];
    const frames = data.runs.map((run) => latest(run.frames, step, (one) => one.step));
    await Promise.all(frames.map(({ picture }) => loaded(picture)));
    if (turn !== newest) return; // another choice was made meanwhile
    /** @type {[number, number]} */
    const place = [chosen.person, data.people.length];
    neutral.put(data.fixed, place, [0, 2], `${subject}, neutral`);
    truth.put(data.fixed, place, [1, 2], `${subject}, true picture. ${said}`);
    frames.forEach(({ picture, step: its }, run) => {
      made[run].put(picture, place, [0, 1], `${subject} by ${data.runs[run].title} after ${many(its)} steps`);
      made[run].extra.textContent = its === step ? "" : ` (step ${many(its)})`;
    });
    for (const { show } of panels) show(step);
    const times = data.runs.map(
      (run) => `${run.title} ${Math.round(latest(run.seconds, step, ([at]) => at)[1] / 60)} min`,
    );
    clock.textContent = `Step ${many(step)} of ${many(end)}`;
    sentence.textContent = said;
    note.textContent = `Trained so far: ${times.join("; ")}. Numbers of faces: ${data.pairs} held-out pairs.`;
    slider.value = String(chosen.place);
    slider.setAttribute("aria-valuetext", `step ${many(step)}`);
    people.set(String(chosen.person));
    root.dataset.ready = String(turn);
  }
  change({});
}
