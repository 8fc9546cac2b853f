// A picture with three handles on it: left eye, right eye and mouth, to be dragged by mouse, finger and arrow keys.

import { make, svg } from "./parts.js";
import { there } from "./placement.js";

/** @typedef {import("./placement.js").Point} Point */
/** @typedef {import("./placement.js").Face} Face */
/** @typedef {import("./placement.js").Placement} Placement */
/** @typedef {{left: number, top: number, width: number, height: number}} View the part that is shown, in pixels */

export const NAMES = ["left eye", "right eye", "mouth"];
const LETTERS = ["L", "R", "M"];
const SHARPEST = 1400; // pixels that are drawn at most along a side
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** @type {Point[]} */
const SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1]];

export class Stage {
  /** @param {(which: number, point: Point) => void} onMove a handle was moved @param {string} help id of the text that
   *  says how handles are moved */
  constructor(onMove, help) {
    this.onMove = onMove;
    this.canvas = make("canvas", { class: "lfes-stage-picture", role: "img", "aria-label": "Your picture" });
    this.frame = svg("polygon", { class: "lfes-stage-frame" });
    this.boxes = svg("g", {});
    this.drawing = svg("svg", { class: "lfes-stage-drawing", "aria-hidden": "true", preserveAspectRatio: "none" },
      this.boxes, this.frame);
    this.handles = NAMES.map((_, which) => this.handle(which, help));
    this.element = make("div", { class: "lfes-stage" }, this.canvas, this.drawing, ...this.handles);
    /** @type {HTMLCanvasElement | null} */
    this.source = null;
    /** @type {View} */
    this.view = { left: 0, top: 0, width: 1, height: 1 };
    /** @type {Point[]} */
    this.marks = [[0, 0], [0, 0], [0, 0]];
  }

  /** @param {number} which @param {string} help */
  handle(which, help) {
    /** Where on the handle it was taken, in pixels of the screen. @type {Point | null} */
    let taken = null;
    const made = make("button", {
      type: "button",
      class: "lfes-handle",
      "aria-describedby": help,
      onpointerdown: (/** @type {PointerEvent} */ event) => {
        if (event.button !== 0) return;
        const { left, top, width, height } = made.getBoundingClientRect();
        taken = [event.clientX - left - width / 2, event.clientY - top - height / 2];
        made.setPointerCapture(event.pointerId);
        made.focus({ preventScroll: true });
        event.preventDefault();
      },
      onpointermove: (/** @type {PointerEvent} */ event) => {
        if (!taken) return;
        const screen = this.element.getBoundingClientRect();
        this.move(which, [
          this.view.left + ((event.clientX - taken[0] - screen.left) / screen.width) * this.view.width - 0.5,
          this.view.top + ((event.clientY - taken[1] - screen.top) / screen.height) * this.view.height - 0.5,
        ]);
      },
      onlostpointercapture: () => { taken = null; },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const arrow = ARROWS[event.key];
        if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        const step = (event.shiftKey ? 10 : 1) * (this.view.width / (this.element.clientWidth || this.view.width));
        const [x, y] = this.marks[which];
        this.move(which, [x + step * arrow[0], y + step * arrow[1]]);
      },
    }, make("span", { class: "lfes-handle-letter", "aria-hidden": "true" }, LETTERS[which]));
    return made;
  }

  /** @param {number} which @param {Point} point */
  move(which, [x, y]) {
    if (!this.source) return;
    this.onMove(which, [Math.min(Math.max(x, 0), this.source.width - 1), Math.min(Math.max(y, 0), this.source.height - 1)]);
  }

  /** Another picture. @param {ImageData} pixels */
  show(pixels) {
    this.source = document.createElement("canvas");
    this.source.width = pixels.width;
    this.source.height = pixels.height;
    this.source.getContext("2d")?.putImageData(pixels, 0, 0);
  }

  /** The part of the picture that is seen. @param {View} view */
  look(view) {
    if (!this.source) return;
    this.view = view;
    const scale = Math.min(1, SHARPEST / Math.max(view.width, view.height));
    this.canvas.width = Math.round(view.width * scale);
    this.canvas.height = Math.round(view.height * scale);
    const context = this.canvas.getContext("2d");
    if (context) {
      context.imageSmoothingQuality = "high";
      context.drawImage(this.source, view.left, view.top, view.width, view.height, 0, 0, this.canvas.width, this.canvas.height);
    }
    this.drawing.setAttribute("viewBox", `${view.left - 0.5} ${view.top - 0.5} ${view.width} ${view.height}`);
  }

  /** Where the points are, and the frame that follows from them. @param {Point[]} marks @param {Placement | null} place */
  put(marks, place) {
    this.marks = marks;
    this.handles.forEach((handle, which) => {
      const [x, y] = marks[which];
      handle.style.left = `${((x + 0.5 - this.view.left) / this.view.width) * 100}%`;
      handle.style.top = `${((y + 0.5 - this.view.top) / this.view.height) * 100}%`;
      const name = NAMES[which][0].toUpperCase() + NAMES[which].slice(1);
      handle.setAttribute("aria-label", `${name}: ${x.toFixed(0)} across, ${y.toFixed(0)} down`);
    });
    this.frame.setAttribute("points", place ? SQUARE.map((corner) => there(place, corner).join()).join(" ") : "");
  }

  /** Numbers at the faces among which somebody can choose. @param {Face[]} faces @param {number} chosen */
  number(faces, chosen) {
    this.boxes.replaceChildren(...(faces.length < 2 ? [] : faces).map(({ points, width }, which) => {
      const [x, y] = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
      const left = x - width / 2, top = y - 0.62 * width, size = this.view.width / 22;
      return svg("g", { class: which === chosen ? "lfes-photo-face lfes-photo-face-chosen" : "lfes-photo-face" },
        svg("rect", { x: left, y: top, width, height: 1.24 * width }),
        svg("text", { x: left, y: top - (top - this.view.top > 1.2 * size ? size / 4 : -size), "font-size": size },
          String(which + 1)));
    }));
  }

  /** Frees the picture. */
  close() {
    if (this.source) this.source.width = this.source.height = 0;
    this.canvas.width = this.canvas.height = 0;
    this.source = null;
  }
}
