// The stage: what goes in, what comes out, and where a word looks; below them the words, and the card of one of them.

import { card } from "./card.js";
import {
  LONGER,
  paintArrows,
  paintBar,
  paintCross,
  paintDifference,
  paintFace,
  paintMap,
  paintMesh,
  strokeOutline,
} from "./drawing.js";
import { besideNeutral } from "./lay_back.js";
import { digits, lift, nearlyHighest, peak, percent, range, sharesAt } from "./measures.js";
import { figure, make, newId, oneOf, select, tick } from "./parts.js";
import { PHOTOGRAPH } from "./people.js";
import { coverOf, nameOf, outline } from "./regions.js";
import { expressionName } from "./state.js";
import { wordStrip } from "./strip.js";

/** @typedef {import("./explorer.js").Context} Context */

/** @type {[string, string][]} */
const VIEWS = [
  ["neutral", "Neutral face (goes in)"],
  ["true", "True picture"],
  ["difference", "Difference to the neutral face"],
  ["arrows", "Movement as arrows"],
  ["mesh", "Movement as a mesh"],
];
const LARGE = 512;
const STEP = 1 / 32;
/** A place as a link can say it.  @param {number} value */
const onFace = (value) => Math.min(0.999, Math.max(0, Math.round(1000 * value) / 1000));

/** @param {Context} ctx */
export function pictures(ctx) {
  const views = select("What is shown beside the synthesized picture", VIEWS, (view) => ctx.change({ view }), false);
  const beside = figure(LARGE);
  const made = figure(LARGE);
  const looks = figure(LARGE, "lfes-looks");
  const legend = make("p", { class: "lfes-legend" });
  for (const { tell } of [beside, made, looks]) tell("Being computed");
  beside.caption.remove();
  beside.element.append(views.element, legend);
  const low = make("span");
  const high = make("span");
  const scale = make("canvas", { width: 256, height: 8, "aria-hidden": "true" });
  looks.element.append(make("div", { class: "lfes-ends" }, low, scale, high));
  paintBar(scale, ctx.data.colors);
  const help = newId("help");
  const where = make("p", { class: "lfes-hint", id: help });
  const frames = [beside, made, looks].map(({ element, canvas }) => {
    const frame = make("div", { class: "lfes-place", role: "group", "aria-describedby": help });
    canvas.replaceWith(frame);
    frame.append(canvas);
    return frame;
  });
  frames[2].tabIndex = 0;
  frames[2].setAttribute("aria-label", "A place of the face: arrow keys move it");
  const faces = make("div", { class: "lfes-figures" }, beside.element, made.element, looks.element);
  const strip = wordStrip(ctx, (word, isFocus) => {
    passing.word = word;
    showPlace();
    if (isFocus) ctx.tell(looks.canvas.getAttribute("aria-label") || "");
  });
  const level = oneOf(
    "Maps",
    [
      ["1", "64×64"],
      ["2", "128×128"],
    ],
    (value) => ctx.change({ level: value === "2" ? 2 : 1 }, `Attention with ${value === "2" ? "128" : "64"} places across`),
  );
  const own = tick("each in its own scale", (checked) => ctx.change({ own: checked }));
  const outlined = tick("outline", (checked) => ctx.change({ outlined: checked }));
  const hidden = tick("hide the condition", (checked) =>
    ctx.change(
      { hidden: checked },
      checked ? "The condition is hidden: the words alone say what to do." : "The condition is seen again.",
    ),
  );
  const design = select(
    "Design",
    ctx.data.designs.map(({ id, name }) => [id, name]),
    (id) => ctx.change({ design: id }),
  );
  const laid = figure(LARGE, "lfes-laid");
  const one = card(ctx);
  const element = make(
    "div",
    { class: "lfes-stage" },
    faces,
    make("div", { class: "lfes-bar-of-tools" }, level.element, outlined.element, own.element, hidden.element, design.element),
    where,
    strip.element,
    one.element,
    laid.element,
  );

  /** A word that is looked at without being chosen, and a place likewise.  @type {{ word: number | null, place: [number, number] | null }} */
  const passing = { word: null, place: null };

  // --- a place of the face ---

  /** @param {PointerEvent} event @returns {[number, number]} */
  const placeOf = (event) => {
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    const inside = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return [onFace(inside[0]), onFace(inside[1])];
  };
  for (const frame of frames) {
    frame.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch") return;
      passing.place = placeOf(event);
      showPlace();
    });
    frame.addEventListener("pointerleave", () => {
      passing.place = null;
      showPlace();
    });
    frame.addEventListener("click", (event) => ctx.change({ place: placeOf(/** @type {PointerEvent} */ (event)) }, told()));
  }
  frames[2].addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Escape" && ctx.state.place) ctx.change({ place: null }, "No place is marked.");
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [x, y] = ctx.state.place || [0.5 - STEP / 2, 0.5 - STEP / 2];
    const by = event.shiftKey ? 4 * STEP : STEP;
    passing.place = null;
    ctx.change({ place: [onFace(x + by * step[0]), onFace(y + by * step[1])] });
    ctx.tell(told());
  });

  /** Map of every word as it is shown: null for one left out; those of the sentence before until the answer has come. */
  const maps = () => {
    const { answer, kept, of, understood } = ctx.now;
    if (!answer || !of) return [];
    const its = ctx.maps(answer, kept, of.words.length, ctx.state.level);
    return understood.words.map((word, at) => its[of.words[at] === word ? at : of.words.indexOf(word)] || null);
  };

  /** What the words have at the marked place, in words. */
  function told() {
    const place = passing.place || ctx.state.place;
    const { face, understood } = ctx.now;
    if (!place || !face) return "";
    const part = nameOf(face, ctx.data.tables.units, ...place);
    const shares = maps().map(
      (map, at) => /** @type {[number, string]} */ ([map ? sharesAt([map], ...place)[0] : 0, understood.words[at]]),
    );
    const best = shares.sort(([one], [other]) => other - one).slice(0, 3);
    const at = `${percent(place[0])} from the left, ${percent(place[1])} from the top${part ? `, at the ${part}` : ""}`;
    return `This place (${at}) listens most to ${best.map(([value, word]) => `“${word}” (${percent(value)})`).join(", ")}.`;
  }

  function showPlace() {
    const place = passing.place || ctx.state.place;
    const all = maps();
    const picked = passing.word ?? ctx.state.word;
    where.textContent = place
      ? told()
      : "Point at the face, or tap it: what does this place listen to? Bars: each word’s mean share over the whole picture.";
    strip.measure(all, place, picked);
    paintLooks();
  }

  // --- pictures ---

  function paintBeside() {
    const { state, now } = ctx;
    const { face, answer, understood } = now;
    if (!face) return;
    const { canvas } = beside;
    const who = ctx.nameOf(state.person);
    const flow = answer?.movement?.flow;
    const expression = expressionName(understood.face.units, ctx.data.tables.letters);
    const known = ctx.people.knows(state.person, expression);
    const still = !Object.keys(understood.face.units).length;
    for (const option of views.list.options) {
      const missing =
        option.value === "true" ? !known && !still : (option.value === "arrows" || option.value === "mesh") && !flow;
      option.disabled = missing;
      option.textContent =
        (VIEWS.find(([value]) => value === option.value) || ["", ""])[1] +
        (missing ? (option.value === "true" ? " (not known for this)" : " (this design paints)") : "");
    }
    views.list.value = state.view;
    /** @param {string} text @param {string} note */
    const say = (text, note) => {
      beside.canvas.setAttribute("aria-label", text);
      legend.textContent = note;
    };
    paintFace(canvas, face.neutral);
    if (state.view === "difference" && answer) {
      paintDifference(canvas, answer.picture, face.neutral);
      say("Difference between the synthesized picture and the neutral face", "Orange became lighter, purple darker.");
    } else if ((state.view === "arrows" || state.view === "mesh") && flow && answer) {
      (state.view === "arrows" ? paintArrows : paintMesh)(canvas, face.neutral, flow);
      say(`Movement of the skin as ${state.view}`, `Where the skin goes, drawn ${LONGER} times as far.`);
    } else if (state.view === "true" && known) {
      const turn = expression + state.person;
      canvas.dataset.truth = turn;
      ctx.people.truth(state.person, expression).then(
        (truth) => {
          if (truth && canvas.dataset.truth === turn && ctx.state.view === "true") paintFace(canvas, truth);
        },
        () => {},
      );
      return say(`True picture of ${who} for the same movements`, "Rendered by ScanFaces; the networks have never seen it.");
    } else {
      const others = {
        true: still
          ? "Nothing moves: the neutral face is the true picture."
          : "No true picture is known for this sentence: the neutral face.",
        arrows: "This design paints and moves nothing: the neutral face.",
        mesh: "This design paints and moves nothing: the neutral face.",
      };
      say(
        `Neutral face of ${who}`,
        Reflect.get(others, state.view) || `${who[0].toUpperCase()}${who.slice(1)}, whom no network has seen in training.`,
      );
      if (state.person === PHOTOGRAPH) legend.textContent = `Your photograph, laid on the frame. ${ctx.engine.privacy || "It stays on this device."}`;
    }
    delete canvas.dataset.truth;
  }

  function paintMade() {
    const { answer, understood, waiting } = ctx.now;
    if (answer) paintFace(made.canvas, answer.picture);
    const left = ctx.state.out.map((word) => `“${understood.words[word]}”`).join(", ");
    const without = [left && `without ${left}`, ctx.state.hidden && "condition hidden"].filter(Boolean).join("; ");
    made.tell(
      `Synthesized face of ${ctx.nameOf(ctx.state.person)} for: ${understood.sentence} ${without}`,
      make("b", {}, "Synthesized"),
      waiting ? " (working…)" : without ? `, ${without}` : "",
    );
    made.element.classList.toggle("lfes-waiting", waiting);
  }

  /** Ends of the color scale.  @param {Float32Array} map @returns {[number, number]} */
  const ends = (map) => {
    const { answer } = ctx.now;
    return ctx.state.own || !answer ? range([map]) : [0, nearlyHighest(answer.attention[ctx.state.level - 1])];
  };

  function paintLooks() {
    const { answer, face, understood } = ctx.now;
    const all = maps();
    const picked = Math.min(passing.word ?? ctx.state.word, all.length - 1);
    if (!answer || !face) return;
    const map = all[picked];
    const word = understood.words[picked];
    const unit = understood.places[picked]?.unit;
    const place = passing.place || ctx.state.place;
    const mask = unit ? face.masks.get(unit) : undefined;
    if (!map) {
      paintFace(looks.canvas, answer.picture);
      looks.tell(`“${word}” is left out: it has no map`, make("b", {}, `“${word}”`), " is left out: it has no map.");
      low.textContent = high.textContent = "";
    } else {
      const [bottom, top] = ends(map);
      paintMap(looks.canvas, answer.picture, map, [bottom, top], ctx.data.colors);
      const named = mask ? [mask] : Object.keys(understood.face.units).map((number) => face.masks.get(Number(number)));
      if (ctx.state.outlined) for (const each of named) if (each) strokeOutline(looks.canvas, outline(each));
      low.textContent = digits(bottom);
      high.textContent = `${ctx.state.own ? "" : "≥ "}${digits(top)}`;
      const [x, y] = peak(map);
      const part = nameOf(face, ctx.data.tables.units, x, y);
      const times = mask ? lift(map, coverOf(mask, Math.sqrt(map.length))) : NaN;
      const told = mask
        ? `lift ${times.toFixed(1)} where AU ${unit} ${face.mean ? "moves a mean face" : "truly moves this face"}`
        : unit
          ? `no region of AU ${unit} is known`
          : "no region of its own";
      looks.tell(
        `Where “${word}” looks: largest at ${percent(x)} from the left and ${percent(y)} from the top${part ? `, at the ${part}` : ""}; ${told}`,
        make("b", {}, `Where “${word}” looks`),
        ": ",
        mask
          ? make(
              "span",
              { title: "Mean share inside the outlined region, divided by the mean over the whole picture: 1 is chance" },
              told,
            )
          : told,
      );
    }
    if (place) paintCross(looks.canvas, ...place);
  }

  /** @type {import("./engine.js").Answer | null} */
  let laidOf = null;

  /** The new face on the reader's photograph. */
  async function layBack() {
    const { answer, waiting } = ctx.now;
    const mine = ctx.state.person === PHOTOGRAPH && ctx.photograph;
    laid.element.hidden = !mine;
    if (!mine || !answer || waiting || laidOf === answer) return;
    laidOf = answer;
    // photographed faces are moved or drawn anew for a neutral sentence, too: only the difference counts
    const silent = await ctx.picture("laid", ctx.said.say({ ...ctx.now.understood.plan, emotion: null, moves: [] }), {
      out: [],
    });
    const change = silent && besideNeutral(answer, silent.answer);
    if (!change || laidOf !== answer) return;
    const pixels = mine.layBack(change);
    laid.canvas.width = pixels.width;
    laid.canvas.height = pixels.height;
    laid.canvas.getContext("2d")?.putImageData(pixels, 0, 0);
    laid.tell(`Your photograph with the new face: ${ctx.now.understood.sentence}`, make("b", {}, "In your photograph"));
  }

  return {
    element,
    update() {
      level.set(String(ctx.state.level));
      own.box.checked = ctx.state.own;
      outlined.box.checked = ctx.state.outlined;
      hidden.box.checked = ctx.state.hidden;
      design.list.value = ctx.state.design;
      paintBeside();
      paintMade();
      if (strip.update(maps(), ends)) passing.word = null;
      showPlace();
      one.update();
      layBack().catch(() => {});
    },
  };
}
