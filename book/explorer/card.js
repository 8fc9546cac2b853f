// The card of one word: what it is about, and what else could stand there.

import { button, make, oneOf, select, tick } from "./parts.js";

/** @typedef {import("./explorer.js").Context} Context */
/** @typedef {import("./sentences.js").Move} Move */

/** @param {Context} ctx */
export function card(ctx) {
  const element = make("div", { class: "lfes-card" });
  const { tables } = ctx.data;
  /** @param {Partial<import("./sentences.js").Plan>} part @param {number} [unit] @param {string} [role] */
  function write(part, unit, role) {
    const sentence = ctx.said.say({ ...ctx.now.understood.plan, ...part });
    const understood = ctx.said.understand(sentence);
    const word =
      understood.error === undefined ? understood.places.findIndex((place) => place.unit === unit && place.role === role) : -1;
    ctx.change({ sentence, out: [], ...(word >= 0 ? { word } : {}) }, `Sentence: ${sentence}`);
  }
  /** @param {number} number @param {Partial<Move>} part @param {string} [role] */
  const moved = (number, part, role) =>
    write(
      { moves: ctx.now.understood.plan.moves.map((move) => (move.number === number ? { ...move, ...part } : move)) },
      number,
      role,
    );

  const leave = tick("", (checked) => {
    const { word, out } = ctx.state;
    const said = ctx.now.understood.words[word];
    ctx.change(
      { out: checked ? [...out, word].sort((one, other) => one - other) : out.filter((other) => other !== word) },
      `“${said}” is ${checked ? "left out" : "read again"}.`,
    );
  });
  const level = make("input", {
    type: "range",
    min: 0,
    max: 5,
    step: 1,
    oninput: () => {
      const { unit, role } = ctx.now.understood.places[ctx.state.word];
      const next = Number(level.value);
      const move = ctx.now.understood.plan.moves.find((one) => one.number === unit);
      const before = move ? move.level : 0;
      const turn = before && move ? tables.adverbs[before - 1].indexOf(move.adverb) : 1;
      if (unit)
        moved(
          unit,
          { level: next, adverb: next ? tables.adverbs[next - 1][Math.max(0, turn)] : "" },
          role === "adverb" && !next ? "part" : role,
        );
    },
  });
  const shown = make("output");
  const much = make("label", { class: "lfes-slider" }, make("span", {}, "How much"), level, shown);
  const heading = make("h4");
  const about = make("p");
  const adverbs = make("div", { class: "lfes-slot" });
  const changes = make("div", { class: "lfes-slot" });
  const away = button("Take this movement away", () =>
    write({ moves: ctx.now.understood.plan.moves.filter((one) => one.number !== unitNow()) }),
  );
  const subjects = make("div", { class: "lfes-row" });
  const buttons = make("div", { class: "lfes-row" }, leave.element, away);
  element.append(heading, about, much, adverbs, changes, subjects, buttons);
  const unitNow = () => ctx.now.understood.places[ctx.state.word].unit || 0;
  const who = oneOf(
    "Who",
    Object.keys(tables.possessives).map((name) => [name, name]),
    (subject) => write({ subject }, undefined, "subject"),
  );
  const emotion = select(
    "Emotion",
    [["", "(none)"], .../** @type {[string, string][]} */ (tables.emotions.map((name) => [name, name]))],
    (name) => write({ emotion: name || null }, undefined, "subject"),
  );
  const protocol = select(
    "Kind of sentence",
    Object.keys(tables.kinds).map((name) => [name, name]),
    (name) => write({ protocol: name }, undefined, "subject"),
  );
  subjects.append(who.element, emotion.element, protocol.element);

  /**
   * Choices that are made anew only where they differ; the one that had the focus gets it back.
   * @param {HTMLElement} slot @param {string} name @param {string[]} options @param {string} chosen @param {(value: string) => void} change
   */
  function choices(slot, name, options, chosen, change) {
    const key = options.join("|");
    slot.hidden = options.length < 2;
    if (slot.dataset.key !== key) {
      slot.dataset.key = key;
      const group = oneOf(
        name,
        options.map((one) => [one, one]),
        (value) => change(value),
      );
      slot.replaceChildren(group.element);
    }
    for (const box of slot.querySelectorAll("input")) box.checked = box.value === chosen;
  }

  return {
    element,
    update() {
      const { understood } = ctx.now;
      const { word, out } = ctx.state;
      const place = understood.places[word];
      const said = understood.words[word];
      const unit = ctx.said.unitOf.get(place.unit || 0);
      const move = understood.plan.moves.find((one) => one.number === place.unit);
      const isWho = ["subject", "emotion"].includes(place.role);
      heading.textContent = `“${said}”`;
      about.replaceChildren(
        ...(unit
          ? [make("b", {}, `Action Unit ${unit.number}, ${unit.name}: `), `${unit.seen}.`]
          : [
              isWho
                ? "Who is spoken of, and how."
                : `“${said}” names nothing on a face; a network may listen to it all the same.`,
            ]),
      );
      much.hidden = away.hidden = !move;
      subjects.hidden = !isWho;
      adverbs.hidden = changes.hidden = true;
      if (unit && move) {
        const text = move.level ? `${tables.letters[move.level - 1]}: ${move.adverb}` : "not said";
        level.value = String(move.level);
        level.setAttribute("aria-valuetext", text);
        shown.textContent = text;
        choices(adverbs, "Adverb", move.level ? tables.adverbs[move.level - 1] : [], move.adverb, (adverb) =>
          moved(unitNow(), { adverb }, "adverb"),
        );
        choices(changes, "What happens", unit.participles, move.change, (change) => moved(unitNow(), { change }, "change"));
      }
      who.set(understood.plan.subject);
      emotion.list.value = understood.plan.emotion || "";
      protocol.list.value = understood.plan.protocol;
      leave.box.checked = out.includes(word);
      leave.box.disabled = !leave.box.checked && out.length + 1 >= understood.words.length;
      /** @type {HTMLElement} */ (leave.element.lastElementChild).textContent = `Leave “${said}” out`;
    },
  };
}
