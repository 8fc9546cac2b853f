// A small plot of some runs over their steps, with what they are worth at one step.

import { make, svg } from "./parts.js";

/** @typedef {[number, number]} Point */
/** @typedef {{ title: string, color: string, curves: Record<string, Point[]> }} Curve */
/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {string[]} lines   names of curves; the second one is dashed
 * @property {boolean} [log]
 * @property {number} [level]   a thin line
 * @property {string} [name]    of that line
 */

const BOX = { left: 40, right: 236, top: 8, bottom: 92 };
const DASH = " \u2504"; // stands in a title for the dashed line

/** A number in few letters.  @param {number} value */
export function short(value) {
  if (Number.isNaN(value)) return "\u2013";
  if (value >= 1000) return `${(value / 1000).toFixed(value >= 1e4 || value % 1000 === 0 ? 0 : 1)}k`;
  if (value >= 20 || Number.isInteger(value)) return value.toFixed(0);
  return value
    .toFixed(value >= 3 ? 1 : 2)
    .replace(/0$/, "")
    .replace(/\.$/, "");
}

/** The numbers that stand along the axis.  @param {number} low @param {number} high @param {boolean | undefined} log */
function ticks(low, high, log) {
  if (log) return Array.from({ length: high - low + 1 }, (_, place) => 10 ** (low + place));
  const unit = 10 ** Math.floor(Math.log10(high));
  const every = [0.2, 0.5, 1, 2, 5].map((share) => share * unit).find((size) => high / size <= 4.2) || unit;
  return Array.from({ length: Math.floor(high / every) + 1 }, (_, place) => place * every);
}

/** @param {Panel} about @param {Curve[]} runs @param {number} end  the last step */
export function panel({ title, lines, log, level, name }, runs, end) {
  const shown = runs.flatMap(({ curves }) => lines.flatMap((line) => curves[line].map(([, value]) => value)));
  if (level !== undefined) shown.push(level);
  const scale = (/** @type {number} */ value) => (log ? Math.log10(Math.max(value, 1e-9)) : value);
  const low = log ? Math.floor(scale(Math.min(...shown))) : 0;
  const high = log ? Math.max(low + 1, Math.ceil(scale(Math.max(...shown)))) : 1.08 * Math.max(...shown);
  const across = (/** @type {number} */ step) => BOX.left + ((BOX.right - BOX.left) * step) / end;
  const up = (/** @type {number} */ value) =>
    BOX.bottom - ((BOX.bottom - BOX.top) * (scale(value) - low)) / (high - low);

  const last = (/** @type {Curve} */ run) =>
    lines.map((line) => short((run.curves[line].at(-1) || [0, NaN])[1])).join(" and ");
  const ends = runs
    .filter(({ curves }) => lines.some((line) => curves[line].length))
    .map((run) => `${run.title} ends at ${last(run)}`);
  const plot = svg("svg", {
    viewBox: "0 0 240 112",
    role: "img",
    "aria-label": `${title.replace(DASH, " and")} over the steps: ${ends.join(", ")}`,
  });
  plot.append(
    svg("path", {
      d: `M${BOX.left} ${BOX.top}V${BOX.bottom}H${BOX.right}`,
      fill: "none",
      stroke: "currentColor",
      "stroke-opacity": 0.5,
    }),
  );
  for (const value of ticks(low, high, log))
    plot.append(svg("text", { x: BOX.left - 5, y: up(value) + 4, "text-anchor": "end" }, short(value)));
  for (const step of [0, end]) {
    plot.append(
      svg(
        "text",
        { x: across(step), y: BOX.bottom + 16, "text-anchor": step ? "end" : "start" },
        step.toLocaleString("en-US"),
      ),
    );
  }
  if (level !== undefined) {
    const y = up(level);
    plot.append(
      svg("line", { x1: BOX.left, x2: BOX.right, y1: y, y2: y, stroke: "currentColor", "stroke-opacity": 0.6 }),
      svg("text", { x: BOX.right - 4, y: y + (y > 40 ? -4 : 13), "text-anchor": "end" }, name || ""),
    );
  }
  for (const { color, curves } of runs) {
    lines.forEach((line, place) => {
      const points = curves[line]
        .map(([step, value]) => `${across(step).toFixed(1)},${up(value).toFixed(1)}`)
        .join(" ");
      if (points)
        plot.append(
          svg("polyline", {
            points,
            fill: "none",
            stroke: color,
            "stroke-width": 2,
            "stroke-dasharray": place ? "4 3" : "none",
          }),
        );
    });
  }
  const marker = svg("line", { y1: BOX.top, y2: BOX.bottom, stroke: "currentColor", "stroke-width": 1.5 });
  plot.append(marker);
  const now = make("div", { class: "lfes-now" });

  return {
    element: make("div", {}, make("div", {}, title), now, plot),
    /** @param {number} step */
    show(step) {
      now.replaceChildren();
      for (const { color, curves } of runs) {
        const values = lines.map((line) =>
          curves[line].reduce((found, [at, value]) => (at <= step ? value : found), curves[line][0]?.[1] ?? NaN),
        );
        if (values.every(Number.isNaN)) continue;
        const key = make("span", { class: "lfes-key" });
        key.style.color = color;
        now.append(make("span", {}, key, values.map(short).join(" / ")));
      }
      marker.setAttribute("x1", String(across(step)));
      marker.setAttribute("x2", String(across(step)));
    },
  };
}
