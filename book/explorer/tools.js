// Folded tools below the stage: the table of words and regions, who carries the sentence, both designs, one word exchanged.

import { paintDifference, paintFace, paintMap, strokeOutline } from "./drawing.js";
import { digits, inside, lift, mean, meanChange, nearlyHighest, percent, shareOfChange } from "./measures.js";
import { bar, button, figure, make, newId, table } from "./parts.js";
import { coverOf, outline, partsOf } from "./regions.js";

/** @typedef {import("./explorer.js").Context} Context */
/** @typedef {import("./explorer.js").Made} Made */
/** @typedef {{ id: string, title: string, element: HTMLElement, update: () => void }} Tool */

/**
 * Work that is done again when its question has changed, and given up when it changes meanwhile.
 * @param {Context} ctx @param {string} id @param {HTMLElement} note  where it is said that it works, or why it does not
 * @param {(isNew: () => boolean) => Promise<void>} work
 */
export function follower(ctx, id, note, work) {
  let last = "";
  /** @param {string} key */
  return (key) => {
    if (key === last) return;
    last = key;
    ctx.desk.forget(id);
    note.textContent = "Working…";
    const isNew = () => last === key;
    work(isNew).then(
      () => {
        if (isNew()) note.textContent = "";
      },
      (reason) => {
        if (!isNew()) return;
        last = "";
        note.textContent = `That did not work: ${reason instanceof Error ? reason.message : reason}`;
      },
    );
  };
}

/** What a picture on the stage depends on; of its sentence, what was understood.  @param {Context} ctx @param {string[]} [without] */
export const askKey = ({ state, now }, without = []) =>
  now.understood.sentence +
  JSON.stringify(["person", "out", "hidden", "design"].filter((name) => !without.includes(name)).map((name) => Reflect.get(state, name)));

/** Words and regions.  @param {Context} ctx @returns {Tool} */
export function words(ctx) {
  const element = make("div");
  /** @type {unknown[]} */
  let last = [];
  return {
    id: "table",
    title: "The maps as a table",
    element,
    update() {
      const { answer, face, of, kept, waiting } = ctx.now;
      const { level } = ctx.state;
      if (!answer || !face || !of || waiting || [answer, level].every((one, at) => one === last[at])) return;
      last = [answer, level];
      const parts = partsOf(face, ctx.data.tables.units);
      const maps = ctx.maps(answer, kept, of.words.length, level);
      const rows = of.words.map((word, at) => {
        const map = maps[at];
        const { unit } = of.places[at];
        const mask = unit ? face.masks.get(unit) : undefined;
        if (!map) return [word, ...parts.map(() => "–"), "left out", "–"];
        const values = parts.map(([, region]) => inside(map, coverOf(region, Math.sqrt(map.length))));
        const most = Math.max(...values);
        return [
          word,
          ...values.map((value) => (value === most ? make("b", {}, percent(value)) : percent(value))),
          percent(mean(map)),
          mask ? `${lift(map, coverOf(mask, Math.sqrt(map.length))).toFixed(2)} (AU ${unit})` : "–",
        ];
      });
      const size = level === 1 ? "64×64" : "128×128";
      element.replaceChildren(
        table(
          `Mean share of each word in each part of the face (maps of ${size} places); bold where it is largest`,
          ["word", ...parts.map(([name]) => name), "everywhere", "lift"],
          rows,
        ),
        make(
          "p",
          { class: "lfes-hint" },
          "A part is where any of its Action Units moves this face. Lift: the word’s mean share where its own Action Unit moves the face, divided by that everywhere; 1 is chance.",
        ),
      );
    },
  };
}

/** Who carries the sentence?  @param {Context} ctx @returns {Tool} */
export function carries(ctx) {
  const note = make("p", { class: "lfes-hint", role: "status" });
  const result = make("div");
  const run = follower(ctx, "carries", note, async (isNew) => {
    const { sentence } = ctx.now.understood;
    const whole = await ctx.picture("carries", sentence, { out: [], hidden: false });
    if (!whole || !isNew()) return;
    /** @type {[string, Partial<import("./explorer.js").Asked>][]} */
    const questions = [
      ["all words and the condition", { out: [], hidden: false }],
      ["condition hidden", { out: [], hidden: true }],
    ];
    if (whole.understood.words.length > 1) {
      whole.understood.words.forEach((word, at) => questions.push([`without “${word}”`, { out: [at], hidden: false }]));
    }
    /** @type {import("./parts.js").Child[][]} */
    const rows = [];
    for (const [name, asked] of questions) {
      const made = await ctx.picture("carries", sentence, asked);
      if (!made || !isNew()) return;
      const left = shareOfChange(made.answer.picture, whole.answer.picture, whole.face.neutral);
      rows.push([name, percent(left), bar(left)]);
      note.textContent = `Working… ${rows.length} of ${questions.length}`;
      result.replaceChildren(table("How much of the change of the face is left", ["what the network gets", "left", ""], rows));
    }
    ctx.tell("Measured: how much of the change is left without each word.");
  });
  let wanted = "";
  const start = button("Leave out one word after the other", () => {
    wanted = askKey(ctx, ["out", "hidden"]);
    run(wanted);
  });
  return {
    id: "carries",
    title: "Who carries the sentence?",
    element: make(
      "div",
      {},
      make(
        "p",
        {},
        "A sentence reaches the face on two ways: as words that every place may read (attention), and as one condition. Above, “hide the condition” closes the second way, and each word’s card leaves that word out. All of it at once, one picture a word:",
      ),
      start,
      note,
      result,
    ),
    update() {
      const key = askKey(ctx, ["out", "hidden"]);
      if (wanted && wanted !== key) {
        wanted = "";
        result.replaceChildren(
          make("p", { class: "lfes-hint" }, "The sentence, the face or the design has changed: measure again."),
        );
      }
    },
  };
}

/** Both designs beside each other.  @param {Context} ctx @returns {Tool} */
export function designs(ctx) {
  const note = make("p", { class: "lfes-hint", role: "status" });
  const rows = ctx.data.designs.map(({ id, name }) => ({ id, name, picture: figure(384), map: figure(384) }));
  const element = make(
    "div",
    {},
    note,
    make("div", { class: "lfes-figures lfes-four" }, ...rows.flatMap(({ picture, map }) => [picture.element, map.element])),
  );
  /** @type {Map<string, Made>} */
  const made = new Map();
  function draw() {
    const { word, level, outlined } = ctx.state;
    for (const { id, name, picture, map } of rows) {
      const one = made.get(id);
      if (!one) continue;
      paintFace(picture.canvas, one.answer.picture);
      picture.tell(`${name}: ${one.understood.sentence}`, make("b", {}, name));
      draw1(ctx, map, one, word, level, outlined);
    }
  }
  const run = follower(ctx, "designs", note, async (isNew) => {
    made.clear();
    for (const { id } of rows) {
      const one = await ctx.picture("designs", ctx.now.understood.sentence, { design: id });
      if (!one || !isNew()) return;
      made.set(id, one);
      draw();
    }
    ctx.tell("Both designs are shown.");
  });
  return {
    id: "designs",
    title: "Both designs side by side",
    element,
    update() {
      run(askKey(ctx, ["design"]));
      draw();
    },
  };
}

/**
 * One word's map, with its region and lift.
 * @param {Context} ctx @param {ReturnType<typeof figure>} map @param {Made} one @param {number} word @param {1 | 2} level @param {boolean} outlined
 */
function draw1(ctx, map, { answer, understood, face, kept }, word, level, outlined) {
  const all = ctx.maps(answer, kept, understood.words.length, level);
  const its = all[word];
  const said = understood.words[word];
  const unit = understood.places[word]?.unit;
  if (!its) return map.tell(`“${said || ""}” is left out`);
  const top = nearlyHighest(answer.attention[level - 1]);
  const mask = unit ? face.masks.get(unit) : undefined;
  paintMap(map.canvas, answer.picture, its, [0, top], ctx.data.colors);
  if (mask && outlined) strokeOutline(map.canvas, outline(mask));
  const number = mask ? `, lift ${lift(its, coverOf(mask, Math.sqrt(its.length))).toFixed(1)}` : "";
  map.tell(`Where “${said}” looks${number}; colors up to ${digits(top)}`, `“${said}”${number}`);
}

/** Two sentences that differ in a word (Fig. 3 of the paper).  @param {Context} ctx @returns {Tool} */
export function exchange(ctx) {
  const note = make("p", { class: "lfes-hint", role: "status" });
  const id = newId("other");
  const verdict = make("p");
  const ideas = make("div", { class: "lfes-row" });
  const field = make("textarea", { id, rows: 2, spellcheck: false, oninput: () => ctx.change({ other: field.value }) });
  const first = figure(384);
  const second = figure(384);
  const change = figure(384);
  const mapOne = figure(384);
  const mapTwo = figure(384);
  const element = make(
    "div",
    {},
    make("div", { class: "lfes-say" }, make("label", { class: "lfes-name", for: id }, "Second sentence"), field, ideas),
    note,
    verdict,
    make("div", { class: "lfes-figures" }, first.element, second.element, change.element, mapOne.element, mapTwo.element),
  );

  /** Sentences in which one word is another one.  @returns {[string, string][]} */
  function proposals() {
    const { plan, places, words: said } = ctx.now.understood;
    const { tables } = ctx.data;
    const unit = places[ctx.state.word]?.unit || plan.moves[0]?.number;
    const move = plan.moves.find((one) => one.number === unit);
    const about = ctx.said.unitOf.get(unit || 0);
    if (!move || !about) return [];
    /** @param {Partial<import("./sentences.js").Move>} part */
    const other = (part) => ctx.said.say({ ...plan, moves: plan.moves.map((one) => (one === move ? { ...one, ...part } : one)) });
    const weak = move.level === 1 ? 5 : 1;
    const adverb = tables.adverbs[weak - 1][0];
    /** @type {[string, string][]} */
    const found = [[`${adverb} instead of ${move.adverb || "nothing"}`, other({ level: weak, adverb })]];
    for (const synonym of about.participles)
      if (synonym !== move.change) found.push([`${synonym} instead of ${move.change}`, other({ change: synonym })]);
    for (const twin of tables.units) {
      if (
        twin.number !== move.number &&
        twin.participles.includes(move.change) &&
        !plan.moves.some((one) => one.number === twin.number)
      ) {
        found.push([`${twin.noun} instead of ${about.noun}`, other({ number: twin.number })]);
        if (found.length > 3) break;
      }
    }
    return said.length ? found.slice(0, 4) : [];
  }

  const run = follower(ctx, "exchange", note, async (isNew) => {
    const { other, level, outlined } = ctx.state;
    const { sentence } = ctx.now.understood;
    const one = await ctx.picture("exchange", sentence, { out: [] });
    if (!one || !isNew()) return;
    const understood = ctx.said.understand(other);
    if (understood.error !== undefined) {
      for (const { element: each } of [first, second, change, mapOne, mapTwo]) each.hidden = true;
      verdict.textContent = other
        ? `The second sentence is not understood: ${understood.error}`
        : "Choose one of the exchanges, or type a second sentence.";
      return;
    }
    const two = await ctx.picture("exchange", other, { out: [] });
    if (!two || !isNew()) return;
    const at = one.understood.words.findIndex((word, place) => word !== two.understood.words[place]);
    const [a, b] = [one.answer.picture, two.answer.picture];
    paintFace(first.canvas, a);
    paintFace(second.canvas, b);
    paintDifference(change.canvas, b, a);
    first.tell(one.understood.sentence);
    second.tell(two.understood.sentence);
    change.tell("What the exchange changes: orange became lighter, purple darker");
    const word = at < 0 ? ctx.state.word : at;
    draw1(ctx, mapOne, one, Math.min(word, one.understood.words.length - 1), level, outlined);
    draw1(ctx, mapTwo, two, Math.min(word, two.understood.words.length - 1), level, outlined);
    const whole = meanChange(a, one.face.neutral);
    verdict.textContent = `The pictures differ by ${meanChange(a, b).toFixed(2)} of 255 on average; the first sentence changes the neutral face by ${whole.toFixed(2)}, the second by ${meanChange(b, two.face.neutral).toFixed(2)}.`;
    ctx.tell(verdict.textContent);
  });

  return {
    id: "exchange",
    title: "One word exchanged: two sentences side by side",
    element,
    update() {
      if (field.value !== ctx.state.other) field.value = ctx.state.other;
      const key = JSON.stringify(proposals());
      if (ideas.dataset.key !== key) {
        ideas.dataset.key = key;
        ideas.replaceChildren(
          ...proposals().map(([text, sentence]) =>
            button(text, () => ctx.change({ other: sentence }, `Second sentence: ${sentence}`)),
          ),
        );
      }
      run(askKey(ctx, ["out"]) + JSON.stringify([ctx.state.other, ctx.state.level, ctx.state.outlined]));
    },
  };
}
