// A stand-in for the engine that needs no model: what it answers depends on what it is asked, and on nothing else. For
// checks of the front end (tools/book/check_front_end.js); it has the face of engine.js.

/** @param {number} milliseconds */
const wait = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));

/** @param {number[]} tokens @param {number} side @returns {Float32Array} softmax over the words at each place */
function attention(tokens, side) {
  const count = tokens.length, maps = new Float32Array(count * side * side);
  for (let at = 0; at < side * side; at++) {
    const x = (at % side) / side, y = Math.floor(at / side) / side;
    const powers = tokens.map((token) => Math.exp(2.5 * Math.exp(-30 * ((x - 0.3 - (token * 37 % 40) / 100) ** 2 + (y - 0.35 - (token * 53 % 40) / 100) ** 2))));
    const sum = powers.reduce((one, other) => one + other, 0);
    powers.forEach((power, word) => { maps[word * side * side + at] = power / sum; });
  }
  return maps;
}

/** @returns {import("../../book/explorer/engine.js").Engine} */
export function engineInWorker() {
  return {
    async load(_design, onProgress) {
      for (let done = 0; done <= 4; done++) {
        onProgress?.(done * 4e6, 16e6);
        await wait(30);
      }
    },
    async synthesize({ design, neutral, tokens, hidden }) {
      await wait(60);
      const picture = neutral.slice(), flow = new Float32Array(2 * 128 * 128), last = 255;
      for (const token of tokens) {
        const cx = 90 + token * 37 % 76, cy = 100 + token * 53 % 90, sign = token % 2 ? 1 : -1;
        for (let row = cy - 14; row < cy + 14; row++) {
          for (let column = cx - 18; column < cx + 18; column++) {
            const push = Math.exp(-(((row - cy) / 8) ** 2 + ((column - cx) / 11) ** 2)), at = row * 256 + column;
            const from = Math.min(last, Math.max(0, Math.round(row + 6 * sign * push))) * 256 + column;
            for (let part = 0; part < 3; part++) picture[part * 65536 + at] = neutral[part * 65536 + from] - (hidden ? 0.02 : design === "tiny" ? 0.15 : 0.06) * push;
            if (row % 2 === 0 && column % 2 === 0) flow[16384 + (row / 2) * 128 + column / 2] += 0.045 * sign * push;
          }
        }
      }
      return {
        picture, middle: new Float32Array(3 * 128 * 128), small: new Float32Array(3 * 64 * 64), condition: new Float32Array(512).fill(tokens.length),
        attention: [attention(tokens, 64), attention(tokens, 128)],
        movement: design === "tiny" ? null : { flow, mask: new Float32Array(16384), colors: new Float32Array(3 * 16384) },
      };
    },
    async judge({ neutral, picture, condition }) {
      await wait(20);
      const seed = Math.abs(neutral[30000] + 2 * picture[41000] + condition[0]);
      return Object.fromEntries(["D_FV¹", "D_FV²", "D_EV¹", "D_EV²", "D_syn"].flatMap((name, at) =>
        ["unconditional", "conditional"].map((head, place) => [`${name} ${head}`, (seed * (at + 2) * (place + 3) * 0.37) % 1])));
    },
    async intensities({ neutral, picture }) {
      await wait(20);
      let change = 0;
      for (let at = 0; at < picture.length; at++) change += Math.abs(picture[at] - neutral[at]);
      return Object.fromEntries(Array.from({ length: 43 }, (_, unit) => [unit + 1, Math.min(5, change / 600)]));
    },
    hindrances: async () => ({ mouth: 0, glasses: 0 }),
    close() {},
  };
}
