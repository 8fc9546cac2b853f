// The courtroom: what each of the five discriminators says of a picture, beside this sentence, another one, another face.

import { paintFace } from "./drawing.js";
import { digits } from "./measures.js";
import { bar, figure, make, newId, select, table } from "./parts.js";
import { expressionName } from "./state.js";
import { askKey, follower } from "./tools.js";

/** @typedef {import("./explorer.js").Context} Context */

/** Names of the discriminators as the chapters write them.  @type {[string, string, string][]} */
const JUDGES = [
  ["D_FV¹", "Face verification 1", "a true face that fits? 64×64"],
  ["D_FV²", "Face verification 2", "a true face that fits? 128×128"],
  ["D_EV¹", "Expression verification 1", "does the face change as it should? 64×64"],
  ["D_EV²", "Expression verification 2", "does the face change as it should? 128×128"],
  ["D_syn", "Synthesis Discriminator", "a true face that fits? 256×256"],
];
/** Both heads of each.  @type {[string, string][]} */
const HEADS = [
  ["unconditional", "alone"],
  ["conditional", "with the sentence"],
];

/** @param {Context} ctx @returns {import("./tools.js").Tool} */
export function courtroom(ctx) {
  const note = make("p", { class: "lfes-hint", role: "status" });
  const id = newId("wrong");
  const result = make("div");
  const exhibits = make("div", { class: "lfes-figures lfes-four" });
  const field = make("textarea", { id, rows: 2, spellcheck: false, oninput: () => ctx.change({ wrong: field.value }) });
  const stranger = select(
    "The wrong person",
    ctx.data.people.map((person) => [person.id, person.name]),
    (name) => ctx.change({ stranger: name }),
  );
  const element = make(
    "div",
    {},
    make(
      "p",
      {},
      "Five discriminators judged while the extension was trained. Each has two heads: one sees the picture alone, the other beside the sentence. Here they judge the picture on the stage, the true one where it is known, and three that should lose. A number is the chance that it is true; dots above one half say “true”.",
    ),
    make("div", { class: "lfes-say" }, make("label", { class: "lfes-name", for: id }, "A wrong sentence"), field),
    make("div", { class: "lfes-row" }, stranger.element),
    note,
    exhibits,
    result,
  );

  /** Another movement, in another part of the face.  @returns {string} */
  function proposed() {
    const { plan } = ctx.now.understood;
    const parts = new Set(plan.moves.map((move) => ctx.said.unitOf.get(move.number)?.region));
    const far = [1, 12, 26, 4]
      .map((number) => /** @type {import("./sentences.js").Unit} */ (ctx.said.unitOf.get(number)))
      .find((unit) => !parts.has(unit.region));
    const unit = far || ctx.data.tables.units[0];
    return ctx.said.say({
      ...plan,
      emotion: null,
      protocol: "with",
      moves: [
        { number: unit.number, level: 5, change: unit.participles[0], adverb: ctx.data.tables.adverbs[4][1], swapped: false },
      ],
    });
  }
  const wrong = () => ctx.state.wrong || proposed();
  const another = () => {
    const names = ctx.data.people.map((person) => person.id).filter((name) => name !== ctx.state.person);
    return names.includes(ctx.state.stranger) ? ctx.state.stranger : names[(names.indexOf(ctx.state.person) + 1) % names.length];
  };

  const run = follower(ctx, "courtroom", note, async (isNew) => {
    const mine = await ctx.picture("courtroom", ctx.now.understood.sentence, { design: ctx.state.design });
    if (!mine || !isNew()) return;
    const other = await ctx.picture("courtroom", wrong(), { out: [], hidden: false });
    const who = await ctx.people.face(another());
    if (!isNew()) return;
    const { neutral } = mine.face;
    const { picture, condition } = mine.answer;
    const truth = await ctx.people.truth(ctx.state.person, expressionName(mine.understood.face.units, ctx.data.tables.letters));
    /** @type {[string, Float32Array, Float32Array, Float32Array][]} */
    const cases = [["this picture", neutral, picture, condition]];
    if (truth) cases.push(["the true picture", neutral, truth, condition]);
    if (other) cases.push(["a wrong sentence", neutral, picture, other.answer.condition]);
    cases.push(["the wrong person", who.neutral, picture, condition], ["the neutral face again", neutral, neutral, condition]);
    /** @type {Record<string, number>[]} */
    const said = [];
    for (const [, beside, shown, sentence] of cases) {
      const levels = shown === picture ? { middle: mine.answer.middle, small: mine.answer.small } : {};
      const verdict = await ctx.desk.judge("courtroom", { neutral: beside, picture: shown, condition: sentence, ...levels });
      if (!verdict || !isNew()) return;
      said.push(verdict);
    }
    exhibits.replaceChildren(
      ...cases.map(([name, beside, shown]) => {
        const one = figure(192);
        paintFace(one.canvas, name === "the wrong person" ? beside : shown);
        one.tell(
          name === "the wrong person" ? `${ctx.nameOf(another())}, as if the picture were of this person` : `Exhibit: ${name}`,
          name,
        );
        return one.element;
      }),
    );
    const rows = JUDGES.flatMap(([key, judge, question]) =>
      HEADS.map(([head, told]) => [
        make(
          "span",
          {},
          head === "unconditional" ? `${judge}, ${told}` : `… ${told}`,
          head === "unconditional" && make("small", {}, question),
        ),
        ...said.map((verdict, at) => {
          const [name] = cases[at];
          const value = verdict[`${key} ${head}`] ?? NaN;
          const isDeaf =
            (name === "a wrong sentence" && head !== "conditional") || (name === "the wrong person" && !key.startsWith("D_EV"));
          return isDeaf
            ? make("small", {}, "does not see it")
            : make("span", { class: "lfes-verdict" }, `${value > 0.5 ? "● " : "○ "}${digits(value)}`, bar(value));
        }),
      ]),
    );
    result.replaceChildren(
      table(
        `Chance that it is true, as each discriminator sees it. Wrong sentence: “${wrong()}”`,
        ["discriminator", ...cases.map(([name]) => name)],
        rows,
      ),
    );
    ctx.tell("The discriminators have judged.");
  });

  return {
    id: "courtroom",
    title: "The courtroom: what do the discriminators say?",
    element,
    update() {
      if (field.value !== wrong() && document.activeElement !== field) field.value = wrong();
      stranger.list.value = another();
      run(askKey(ctx) + JSON.stringify([wrong(), another()]));
    },
  };
}
