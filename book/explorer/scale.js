// The scale of an adverb: one Action Unit from absent to the maximum, what is asked beside what is measured.

import { paintFace } from "./drawing.js";
import { tenths } from "./measures.js";
import { figure, make, select, svg, table, tick } from "./parts.js";
import { expressionName } from "./state.js";
import { askKey, follower } from "./tools.js";

/** @typedef {import("./explorer.js").Context} Context */

const LEVELS = [0, 1, 2, 3, 4, 5];

/** @param {Context} ctx @returns {import("./tools.js").Tool} */
export function scale(ctx) {
  const { tables } = ctx.data;
  const note = make("p", { class: "lfes-hint", role: "status" });
  const picture = figure(384);
  const plot = make("div", { class: "lfes-plot" });
  const rows = make("div");
  const units = select("Movement", [], (value) => ctx.change({ unit: Number(value) }));
  const alone = tick("this movement alone", () => ctx.change({}));
  const rest = alone.box;
  rest.checked = true;
  const level = make("input", { type: "range", min: 0, max: 5, step: 1, value: 3, oninput: show });
  const said = make("output");
  const slider = make("label", { class: "lfes-slider" }, make("span", {}, "How much"), level, said);
  const line = make("p", { class: "lfes-said" });
  const element = make(
    "div",
    {},
    make("div", { class: "lfes-row" }, units.element, alone.element),
    slider,
    line,
    note,
    make("div", { class: "lfes-two" }, picture.element, make("div", {}, plot, rows)),
  );
  /** @type {Map<number, { picture: Float32Array, measured: number, true: number, sentence: string }>} */
  const made = new Map();

  /** Which Action Unit: that of the state, else of the chosen word, else the first.  @returns {number} */
  function unitNow() {
    const { moves } = ctx.now.understood.plan;
    const word = ctx.now.understood.places[ctx.state.word]?.unit;
    const wanted = [ctx.state.unit, word].find((number) => moves.some((move) => move.number === number));
    return wanted || moves[0]?.number || 0;
  }

  /** The sentence with one movement at a level, 0 for without it.  @param {number} number @param {number} to */
  function sentenceAt(number, to) {
    const { plan } = ctx.now.understood;
    const said = plan.moves.filter((move) => !rest.checked || move.number === number);
    const moves = said.flatMap((move) =>
      move.number !== number ? [move] : to ? [{ ...move, level: to, adverb: tables.adverbs[to - 1][1] }] : [],
    );
    return ctx.said.say({ ...plan, emotion: moves.length && !rest.checked ? plan.emotion : null, moves });
  }

  /** @param {number} to */
  const named = (to) => (to ? `${tables.letters[to - 1]}: ${tables.adverbs[to - 1][1]}` : "absent");

  function show() {
    const to = Number(level.value);
    const one = made.get(to);
    const number = unitNow();
    said.textContent = named(to);
    level.setAttribute("aria-valuetext", named(to));
    line.textContent = number ? sentenceAt(number, to) : "The sentence names no movement.";
    if (one) {
      paintFace(picture.canvas, one.picture);
      const measured = Number.isFinite(one.measured) ? `measured ${tenths(one.measured)} of 5` : "no measure of this Action Unit";
      picture.tell(`Synthesized: ${one.sentence} ${measured}`, make("b", {}, measured), ` where ${to} is asked`);
    }
    draw();
  }

  function draw() {
    const number = unitNow();
    const name = ctx.said.unitOf.get(number)?.name || "";
    const to = Number(level.value);
    /** @param {number} value @param {number} most @param {number} from @param {number} size */
    const at = (value, most, from, size) => from + (size * value) / most;
    const chart = svg("svg", {
      viewBox: "0 0 300 220",
      role: "img",
      "aria-label": `Measured intensity of ${name} for each intensity that is asked; the table below has the numbers`,
    });
    for (const tick of LEVELS) {
      const x = at(tick, 5, 40, 245);
      const y = at(5 - tick, 5, 12, 165);
      chart.append(
        svg("line", { x1: 40, x2: 285, y1: y, y2: y, class: "lfes-grid" }),
        svg("text", { x: 32, y: y + 4, "text-anchor": "end" }, String(tick)),
        svg("text", { x, y: 196, "text-anchor": "middle" }, tick ? tables.letters[tick - 1] : "–"),
      );
    }
    chart.append(
      svg("line", { x1: 40, y1: 177, x2: 285, y2: 12, class: "lfes-ideal" }),
      svg("text", { x: 162, y: 214, "text-anchor": "middle" }, "asked"),
    );
    /** @param {"measured" | "true"} what @param {string} kind */
    const curve = (what, kind) => {
      const points = LEVELS.flatMap((each) => {
        const value = made.get(each)?.[what];
        return value !== undefined && Number.isFinite(value)
          ? [[at(each, 5, 40, 245), at(5 - Math.max(-0.3, Math.min(5.4, value)), 5, 12, 165), each]]
          : [];
      });
      chart.append(svg("polyline", { points: points.map(([x, y]) => `${x},${y}`).join(" "), class: `lfes-curve ${kind}` }));
      for (const [x, y, each] of points) {
        chart.append(
          what === "true"
            ? svg("path", { d: `M${x - 4} ${y}h8M${x} ${y - 4}v8`, class: `lfes-mark ${kind}` })
            : svg("circle", { cx: x, cy: y, r: each === to ? 7 : 4, class: `lfes-mark ${kind}` }),
        );
      }
    };
    curve("true", "lfes-true");
    curve("measured", "lfes-measured");
    plot.replaceChildren(
      chart,
      make(
        "p",
        { class: "lfes-hint" },
        "Filled dots: measured in the synthesized pictures; crosses: in the true ones, where they are known; dashed: as asked.",
      ),
    );
    /** @param {number | undefined} value */
    const written = (value) => (value === undefined ? "…" : tenths(value));
    rows.replaceChildren(
      table(
        `Measured intensity of ${name} (0 absent, 5 the maximum)`,
        ["asked", "synthesized", "true picture"],
        LEVELS.map((each) => [named(each), written(made.get(each)?.measured), written(made.get(each)?.true)]),
      ),
    );
  }

  const run = follower(ctx, "scale", note, async (isNew) => {
    made.clear();
    const number = unitNow();
    if (!number) return;
    for (const each of [Number(level.value), ...LEVELS.filter((one) => one !== Number(level.value))]) {
      const sentence = sentenceAt(number, each);
      const one = await ctx.picture("scale", sentence, { out: [] });
      if (!one || !isNew()) return;
      const { neutral } = one.face;
      const { units: moved } = one.understood.face;
      const truth = !Object.keys(moved).length
        ? neutral
        : await ctx.people.truth(ctx.state.person, expressionName(moved, tables.letters));
      const found = await ctx.desk.intensities("scale", { neutral, picture: one.answer.picture });
      const right = truth && (await ctx.desk.intensities("scale", { neutral, picture: truth }));
      if (!found || !isNew()) return;
      made.set(each, { picture: one.answer.picture, sentence, measured: found[number] ?? NaN, true: right?.[number] ?? NaN });
      show();
    }
    ctx.tell(
      `Measured intensities: ${LEVELS.map((each) => `${named(each)} ${tenths(made.get(each)?.measured ?? NaN)}`).join(", ")}`,
    );
  });

  return {
    id: "scale",
    title: "How much: along the scale of an adverb",
    element,
    update() {
      const { moves } = ctx.now.understood.plan;
      const number = unitNow();
      units.fill(moves.map((move) => [String(move.number), `AU ${move.number} ${ctx.said.unitOf.get(move.number)?.name}`]));
      units.list.value = String(number);
      show();
      run(askKey(ctx, ["out"]) + number + rest.checked);
    },
  };
}
