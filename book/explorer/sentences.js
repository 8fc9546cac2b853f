// Sentences of the three protocols, in both directions. Every phrase, opening and meaning comes from tables that the
// Python package filled (book/explorer_tables.py); this module only joins them and looks them up.

/** @typedef {{ subject: string, emotion: string | null, units: Record<string, number> }} Face  units: 0 is "not given". */
/** @typedef {{ number: number, level: number, change: string, adverb: string, swapped: boolean }} Move */
/** @typedef {{ subject: string, emotion: string | null, protocol: string, moves: Move[] }} Plan */
/** @typedef {{ number: number, name: string, region: string, noun: string, participles: string[], seen: string }} Unit */
/** @typedef {{ subject: string, emotion: string | null, words: string, still: string }} Opening */
/**
 * @typedef {object} Tables
 * @property {Unit[]} units
 * @property {string[][]} adverbs  of intensities 1 to 5
 * @property {string} letters
 * @property {string[]} emotions
 * @property {Record<string, string>} adjectives
 * @property {Record<string, number[]>} prototypes
 * @property {Record<string, string>} possessives
 * @property {Record<string, string[]>} kinds
 * @property {Record<string, Opening[]>} openings
 * @property {Record<string, string[][]>} clauses
 * @property {Record<string, string[][]>} nouns
 * @property {Record<string, string[][]>} verbs
 * @property {Record<string, string>} everyday
 * @property {Record<string, number>} degrees  the intensity of each adverb, of the protocols and of everyday
 * @property {string[]} turning  words after which nothing may be proposed: "not", "or", "closed mouth"
 * @property {string[]} moving  words of phrases about movements: "inner brows raised" is not said by "brows raised"
 * @property {Record<string, string>} subjects  whom a word speaks of, and of these the nouns
 * @property {string[]} people
 * @property {{ pair: number[], warning: string }[]} odd
 * @property {string[]} vocabulary
 */
/** @typedef {{ face: Face, plan: Plan, error?: undefined }} Read */
/** @typedef {{ error: string, phrase?: string, face?: undefined, plan?: undefined }} Unread */
/**
 * @typedef {object} Understood
 * @property {Face} face
 * @property {Plan} plan
 * @property {string} sentence  in the words of a protocol: what the networks read
 * @property {string[]} words
 * @property {number[]} tokens
 * @property {Place[]} places  what each word is about
 * @property {undefined} [error]
 */
/** @typedef {{ unit: number | null, role: "adverb" | "change" | "part" | "subject" | "emotion" | "other" }} Place */

/** Characters of a sentence, as in the package. */
const LONGEST = 5000;

/** Text in one line and in the signs of a keyboard, as in the package.  @param {string} text */
const typed = (text) =>
  text
    .replace(/[\u2018\u2019\u201b\u02b9\u02bb\u02bc\u2032\u00b4`]/g, "'")
    .replace(/[\u201a\u201e\u2033]/g, '"')
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .replace(/[\p{Pd}\u2212]/gu, "-")
    .replace(/[\p{Pi}\p{Pf}]/gu, '"')
    .replace(/\s+/g, " ")
    .trim();

/** Without what stands around the words. A pattern for the end would begin anew at each "!" of "!!!a".  @param {string} text */
function plain(text) {
  const line = typed(text).replace(/-/g, " ").replace(/ +/g, " ");
  let [from, to] = [0, line.length];
  while (from < to && "\"' ".includes(line[from])) from++;
  while (from < to && "\"' .!".includes(line[to - 1])) to--;
  return line.slice(from, to).toLowerCase();
}

/** @param {string} phrase */
const bare = (phrase) => phrase.replace(/^(an|a|the) /, "");

/** The words of a sentence without punctuation, one for each token.  @param {string} text @returns {string[]} */
export const wordsOf = (text) => plain(text).match(/\p{L}+(?:'\p{L}+)?/gu) || [];

/** The longer text first.  @param {string} one @param {string} other */
const byLength = (one, other) => other.length - one.length;

/** Random numbers in [0, 1) that a seed fixes: mulberry32.  @param {number} seed @returns {() => number} */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** "x", "x and y", "x, y, and z".  @param {string[]} phrases */
function listed(phrases) {
  const last = phrases.length - 1;
  return last < 2 ? phrases.join(" and ") : `${phrases.slice(0, last).join(", ")}, and ${phrases[last]}`;
}

/** How alike two lists of words are, from 0 to 1: matching blocks, the longest first.  @param {string[]} one @param {string[]} other */
function likeness(one, other) {
  /** @param {number} a @param {number} b @param {number} c @param {number} d @returns {number} */
  const matched = (a, b, c, d) => {
    let best = 0;
    let at = 0;
    let beside = 0;
    for (let i = a; i < b; i++) {
      for (let j = c; j < d; j++) {
        let n = 0;
        while (i + n < b && j + n < d && one[i + n] === other[j + n]) n++;
        if (n > best) [best, at, beside] = [n, i, j];
      }
    }
    return best && best + matched(a, at, c, beside) + matched(at + best, b, beside + best, d);
  };
  return one.length + other.length ? (2 * matched(0, one.length, 0, other.length)) / (one.length + other.length) : 1;
}

/** @param {Tables} tables */
export function sentences(tables) {
  const unitOf = new Map(tables.units.map((unit) => [unit.number, unit]));
  const moving = new Set(tables.moving);
  const subjectOf = new Map(Object.entries(tables.subjects));
  const tokenOf = new Map(tables.vocabulary.map((word, number) => [word, number]));
  /** @type {Map<string, { number: number, level: number, phrase: string }>} */
  const meanings = new Map();
  /** @type {{ words: string, row: Opening, protocol: string }[]} */
  const openings = [];
  /** @type {Map<string, { row: Opening, protocol: string }>} */
  const still = new Map();
  for (const kind of [tables.clauses, tables.nouns, tables.verbs]) {
    for (const [number, levels] of Object.entries(kind)) {
      levels.forEach((phrases, level) =>
        phrases.forEach((phrase) => meanings.set(bare(plain(phrase)), { number: Number(number), level, phrase })),
      );
    }
  }
  for (const [protocol, rows] of Object.entries(tables.openings)) {
    for (const row of rows) {
      openings.push({ words: plain(row.words) + " ", row, protocol });
      still.set(plain(row.still), { row, protocol });
    }
  }
  openings.sort((one, other) => other.words.length - one.words.length);

  /** @param {string} protocol @param {number} place @returns {Record<number, string[][]>} */
  const phrasesAt = (protocol, place) => (tables.kinds[protocol][place ? 1 : 0] === "clauses" ? tables.clauses : tables.nouns);
  /** @param {Plan | Face} face @param {string} protocol */
  const openingOf = (face, protocol) =>
    /** @type {Opening} */ (
      tables.openings[protocol].find((row) => row.subject === face.subject && row.emotion === face.emotion)
    );

  /** @param {Plan | Face} face @param {string} protocol @param {string[]} phrases */
  function joined(face, protocol, phrases) {
    const opening = openingOf(face, protocol);
    if (!phrases.length) return opening.still;
    const said = phrases.map((phrase, place) =>
      place && tables.kinds[protocol][1] === "clauses" ? `${tables.possessives[face.subject]} ${phrase}` : phrase,
    );
    return `${opening.words} ${listed(said)}.`;
  }

  /** A sentence with order and wording drawn by a seed.  @param {Face} face @param {string} protocol @param {number} seed */
  function compose(face, protocol, seed) {
    const next = numbers(seed);
    const order = Object.keys(face.units);
    for (let last = order.length - 1; last > 0; last--) {
      const other = Math.floor(next() * (last + 1));
      [order[last], order[other]] = [order[other], order[last]];
    }
    return joined(
      face,
      protocol,
      order.map((number, place) => {
        const list = phrasesAt(protocol, place)[Number(number)][face.units[number]];
        return list[Math.floor(next() * list.length)];
      }),
    );
  }

  /** How a phrase words its movement.  @param {{ number: number, level: number, phrase: string }} meaning @returns {Move} */
  function wording({ number, level, phrase }) {
    const text = ` ${plain(phrase)} `;
    const unit = /** @type {Unit} */ (unitOf.get(number));
    const change =
      unit.participles.find((one) => text.includes(` ${one} `)) || unit.participles[verbOf(number, text)] || unit.participles[0];
    const adverb = level ? tables.adverbs[level - 1].find((one) => text.includes(` ${one} `)) || "" : "";
    return { number, level, change, adverb, swapped: Boolean(adverb) && text.endsWith(` ${adverb} `) };
  }

  /** Which of a unit's verbs stands in a phrase.  @param {number} number @param {string} text */
  function verbOf(number, text) {
    const verbs = [...new Set(tables.verbs[number][0].map((phrase) => plain(phrase)))];
    return verbs.findIndex((verb) => text.includes(` ${verb} `));
  }

  /** The sentence of a plan: in its order and, as far as its protocol has them, in its words.  @param {Plan} plan */
  function say(plan) {
    return joined(
      plan,
      plan.protocol,
      plan.moves.map((move, place) => {
        const list = phrasesAt(plan.protocol, place)[move.number][move.level];
        const score = list.map((phrase) => {
          const its = wording({ number: move.number, level: move.level, phrase });
          return (
            4 * Number(its.change === move.change) + 2 * Number(its.adverb === move.adverb) + Number(its.swapped === move.swapped)
          );
        });
        return list[score.indexOf(Math.max(...score))];
      }),
    );
  }

  /** Known phrases that share most pairs of letters with one that is not.  @param {string} phrase @param {number} count */
  function nearest(phrase, count) {
    /** @param {string} text */
    const pairs = (text) => new Set(Array.from(text.slice(0, -1), (letter, place) => letter + text[place + 1]));
    const mine = pairs(phrase);
    /** @type {[number, string][]} */
    const scored = [];
    for (const known of meanings.keys()) {
      const its = pairs(known);
      const shared = [...its].filter((pair) => mine.has(pair)).length;
      scored.push([(2 * shared) / (mine.size + its.size || 1), known]);
    }
    scored.sort((one, other) => other[0] - one[0] || (one[1] < other[1] ? -1 : 1));
    return scored
      .slice(0, count)
      .filter(([score]) => score > 0.3)
      .map(([, known]) => /** @type {{phrase: string}} */ (meanings.get(known)).phrase);
  }

  /** The longest everyday phrase inside, and how the protocols say it.  @param {string} phrase @returns {[string, string] | undefined} */
  function everyday(phrase) {
    const inside = Object.keys(tables.everyday).filter((known) => ` ${phrase} `.includes(` ${known} `));
    const longest = inside.sort(byLength)[0];
    return longest ? [longest, tables.everyday[longest]] : undefined;
  }

  /** What is strange about Action Units that contradict each other.  @param {Record<string, number>} units */
  const odd = (units) => tables.odd.filter(({ pair }) => pair.every((number) => number in units)).map(({ warning }) => warning);

  /** What a sentence says, or why it is not understood.  @param {string} text @returns {Read | Unread} */
  function read(text) {
    if (text.length > LONGEST) return { error: `The sentence has ${text.length} characters: write one of at most ${LONGEST}.` };
    let rest = plain(text);
    if (!rest) return { error: "The sentence is empty." };
    const whole = still.get(rest);
    if (whole) {
      const { subject, emotion } = whole.row;
      return { face: { subject, emotion, units: {} }, plan: { subject, emotion, protocol: whole.protocol, moves: [] } };
    }
    let subject = "";
    const opening = openings.find(({ words }) => rest.startsWith(words));
    if (opening) {
      subject = opening.row.subject;
      rest = rest.slice(opening.words.length);
    }
    /** @type {Record<string, number>} */
    const units = {};
    /** @type {Move[]} */
    const moves = [];
    for (const piece of rest.split(/ ?, ?(?:and )?| and /)) {
      let phrase = piece;
      for (const [who, his] of Object.entries(tables.possessives)) {
        if (!piece.startsWith(his + " ")) continue;
        if (subject && subject !== who) return { error: `The sentence speaks of a ${subject}, then says "${his}".` };
        subject = who;
        phrase = piece.slice(his.length + 1);
      }
      if (phrase === piece) phrase = bare(piece);
      const meaning = meanings.get(phrase);
      if (!meaning) return { error: `"${piece}" is not a phrase of the protocols.`, phrase };
      const { number, level } = meaning;
      if (number in units && units[number] !== level) return { error: `The sentence names Action Unit ${number} twice.` };
      if (!(number in units)) moves.push(wording(meaning));
      units[number] = level;
    }
    const emotion = opening ? opening.row.emotion : null;
    const who = subject || "person";
    return {
      face: { subject: who, emotion, units },
      plan: { subject: who, emotion, protocol: opening ? opening.protocol : "with", moves },
    };
  }

  /**
   * As `read`, and the same in the words of a protocol: the sentence itself where a protocol writes it, else the
   * nearest. An emotion alone brings the Action Units that are usual for it.
   * @param {string} text @returns {Understood | Unread}
   */
  function understand(text) {
    const found = read(text);
    if (found.error !== undefined) return found;
    const given = wordsOf(text);
    let { plan } = found;
    let sentence = typed(text);
    if (!plan.moves.length && plan.emotion) {
      const numbers = [...tables.prototypes[plan.emotion]].sort((one, other) => one - other);
      const moves = numbers.map((number) => ({
        number,
        level: 0,
        change: /** @type {Unit} */ (unitOf.get(number)).participles[0],
        adverb: "",
        swapped: false,
      }));
      plan = { ...plan, protocol: "with", moves };
      sentence = say(plan);
    } else {
      const echoes = ["with", "possessive", "because"].map((protocol) => say({ ...plan, protocol }));
      const alike = echoes.map((echo) => likeness(given, wordsOf(echo)));
      const best = alike.indexOf(Math.max(...alike));
      plan = { ...plan, protocol: ["with", "possessive", "because"][best] };
      if (wordsOf(echoes[best]).join(" ") !== given.join(" ")) sentence = echoes[best];
    }
    const words = wordsOf(sentence);
    const tokens = words.map((word) => tokenOf.get(word) ?? 1);
    const units = Object.fromEntries(plan.moves.map(({ number, level }) => [number, level]));
    return { face: { ...found.face, units }, plan, sentence, words, tokens, places: placesOf(words, plan) };
  }

  /** What each word of a plan's sentence is about.  @param {string[]} words @param {Plan} plan @returns {Place[]} */
  function placesOf(words, plan) {
    const adjective = plan.emotion ? tables.adjectives[plan.emotion] : "";
    /** @type {Place[]} */
    const places = words.map((word) => ({
      unit: null,
      role: word === adjective ? "emotion" : [plan.subject, `${plan.subject}'s`].includes(word) ? "subject" : "other",
    }));
    let from = 0;
    for (const move of plan.moves) {
      const noun = wordsOf(/** @type {Unit} */ (unitOf.get(move.number)).noun);
      const change = wordsOf(move.change);
      const adverb = wordsOf(move.adverb);
      /** @param {string[]} wanted @param {number} start */
      const find = (wanted, start) => {
        for (let at = start; at + wanted.length <= words.length; at++)
          if (wanted.every((word, step) => words[at + step] === word)) return at;
        return words.length;
      };
      let end = from;
      for (const [wanted, role] of /** @type {[string[], Place["role"]][]} */ ([
        [noun, "part"],
        [change, "change"],
        [adverb, "adverb"],
      ])) {
        const at = wanted.length ? find(wanted, from) : words.length;
        for (let step = 0; step < wanted.length && at < words.length; step++) places[at + step] = { unit: move.number, role };
        if (at < words.length) end = Math.max(end, at + wanted.length);
      }
      from = end;
    }
    return places;
  }

  /**
   * A sentence for all that can be understood in a text, everyday words included; null for nothing, and where a word
   * may turn it round ("not", "or"), a number stands in it, or two people.
   * @param {string} text @returns {string | null}
   */
  function proposal(text) {
    if (text.length > LONGEST || /[?\p{N}]/u.test(text)) return null;
    const rest = plain(text);
    const words = wordsOf(text);
    const line = ` ${words.join(" ")} `;
    const people = words.filter((word) => tables.people.includes(word));
    const subjects = new Set(words.flatMap((word) => subjectOf.get(word) ?? []));
    if (people.length > 1 || subjects.size > 1 || tables.turning.some((one) => line.includes(` ${one} `))) return null;
    const subject = [...subjects][0] || "person";
    /** @type {Record<string, number>} */
    const units = {};
    for (const piece of rest.split(/ ?, ?(?:and )?| (?:and|with|has|have|because|who|plus|but|while) /)) {
      const whole = piece.trim().replace(/^(his|her|their) /, "");
      const phrase = bare(whole);
      const known = everyday(phrase);
      const rest = known ? ` ${whole} `.replace(` ${known[0]} `, "  ") : ""; // "wide eyes" are no strong eyes
      const degree = Object.keys(tables.degrees).filter((word) => rest.includes(` ${word} `)).sort(byLength)[0];
      const level = tables.degrees[degree] ?? 0;
      const found = meanings.get(phrase);
      const left = wordsOf(degree ? rest.replace(` ${degree} `, "  ") : rest);
      if (found) units[found.number] = found.level;
      else if (known && !left.some((word) => moving.has(word))) {
        const its = read(known[1]);
        if (its.face) for (const number of Object.keys(its.face.units)) units[number] = level;
      }
    }
    const moves = Object.entries(units).map(([number, level]) => ({
      number: Number(number),
      level,
      change: /** @type {Unit} */ (unitOf.get(Number(number))).participles[0],
      adverb: level ? tables.adverbs[level - 1][0] : "",
      swapped: false,
    }));
    return moves.length ? say({ subject, emotion: null, protocol: "with", moves }) : null;
  }

  return { compose, read, understand, say, proposal, nearest, everyday, odd, unitOf };
}

/** @typedef {ReturnType<typeof sentences>} Sentences */
