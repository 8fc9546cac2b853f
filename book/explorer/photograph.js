// A face of the reader's own: a dialog in which a picture is chosen or taken, its face found and its place corrected.

import { asPlanes } from "./drawing.js";
import { layBack } from "./lay_back.js";
import { make, newId } from "./parts.js";
import { layout } from "./photograph_layout.js";
import { Camera, readPicture, Unreadable } from "./picture_source.js";
import { AS_IT_IS, FIVE, frameSide, IMAGE_SIZE, inTheWay, judged, liesOnFrame, near, PLACES, similarity, there, upright } from "./placement.js";
import { align } from "./resampling.js";
import { NAMES } from "./stage.js";

/** @typedef {import("./placement.js").Face} Face */
/** @typedef {import("./placement.js").Pixels} Pixels */
/** @typedef {import("./placement.js").Placement} Placement */
/** @typedef {import("./placement.js").Point} Point */
/** @typedef {import("./lay_back.js").Movement} Movement */
/** @typedef {{pixels: ImageData, size: [number, number]}} Picture */
/** @typedef {Pick<import("./engine.js").Engine, "findFaces" | "hindrances" | "privacy">} Engine what is needed of the
 *  explorer's; an engine outside of the page says where a picture goes */
/**
 * @typedef {object} Laid a photograph whose face is laid on the frame
 * @property {ImageData} crop the 256x256 pixels that the networks see
 * @property {Placement} place of the frame in the picture
 * @property {ImageData} pixels of the picture
 * @property {(change: Movement | Float32Array) => ImageData} layBack the picture with a change of its face
 */
/** @typedef {{pixels: ImageData, place: Placement}} Placed */

const PRIVATE = "It never leaves this device: the page itself finds the face and changes it. Nothing is sent, nothing is kept.";
const QUICK = 2; // how finely the preview is sampled

const imageData = (/** @type {Pixels} */ { data, width, height }) => new ImageData(data, width, height);

/** A face that is laid on the frame. @param {ImageData} pixels @param {Placement} place @returns {Laid} */
export function photographOf(pixels, place) {
  return {
    crop: imageData(align(pixels, place)),
    place,
    pixels,
    layBack: (change) => imageData(layBack(pixels, place, change)),
  };
}

/**
 * Lets a reader give a face.
 * @param {HTMLElement} root where the dialog is put
 * @param {Engine} engine that finds faces; without one, the points are put by hand
 * @param {Blob | ImageData | Placed} [first] a picture to begin with, or one to be placed anew
 * @returns {Promise<Laid | null>} null if the dialog was closed
 */
export function openPhotograph(root, engine, first) {
  return new Promise((resolve) => new PhotographDialog(root, engine, resolve).open(first));
}

class PhotographDialog {
  /** @param {HTMLElement} root @param {Engine} engine @param {(laid: Laid | null) => void} resolve */
  constructor(root, engine, resolve) {
    this.root = root;
    this.engine = engine;
    this.resolve = resolve;
    this.camera = new Camera();
    /** @type {ImageData | null} */
    this.pixels = null;
    /** What is said about a picture that was made smaller. */
    this.smaller = "";
    /** @type {Face[]} */
    this.faces = [];
    /** Which of the faces the points come from. */
    this.chosen = -1;
    /** Why there is no face. */
    this.none = "";
    this.searching = false;
    this.byHand = false;
    /** @type {Point[]} */
    this.marks = PLACES;
    this.usable = false;
    /** What is in the way on a face, and where its points were when that was asked. @type {{ marks: Point[], warnings: string[] }} */
    this.seen = { marks: [], warnings: [] };
    this.frame = 0;
    this.later = 0;
    this.resting = 0;
    this.closed = false;
    this.ui = layout(engine.privacy ?? PRIVATE, {
      take: (file) => this.take(file),
      given: (data) => this.given(data),
      watch: () => this.watch(),
      snap: () => this.snap(),
      restart: () => this.restart(),
      moved: (which, point) => this.moved(which, point),
      look: (whole) => this.look(whole),
      asFound: () => this.pick(this.chosen),
      use: () => this.use(),
      closed: () => this.finish(null),
    });
    this.stage = this.ui.place.stage;
  }

  /** @param {Blob | ImageData | Placed} [first] */
  open(first) {
    this.root.append(this.ui.dialog);
    this.ui.dialog.showModal();
    this.restart();
    if (first instanceof Blob) this.take(first);
    else if (first instanceof ImageData) this.begin({ pixels: first, size: [first.width, first.height] });
    else if (first) this.begin({ pixels: first.pixels, size: [first.pixels.width, first.pixels.height] }, first.place);
  }

  /** @param {string} text @param {boolean} [wrong] */
  say(text, wrong = false) {
    this.ui.said.classList.toggle("lfes-photo-wrong", wrong);
    if (this.ui.said.textContent !== text) this.ui.said.textContent = text;
  }

  /** What is shown: where pictures come from, the camera, or a picture. @param {"source" | "watching" | "placing"} part */
  show(part) {
    this.ui.from.element.hidden = part !== "source";
    this.ui.live.element.hidden = part !== "watching";
    this.ui.place.element.hidden = this.ui.accept.hidden = this.ui.other.hidden = part !== "placing";
    if (part !== "watching") this.camera.stop(this.ui.live.video);
    if (part !== "placing") this.ui.notes.replaceChildren();
  }

  restart() {
    this.pixels = null;
    this.stage.close();
    this.show("source");
    this.say("");
    this.ui.from.choose.focus();
  }

  /** @param {DataTransfer | null} data */
  given(data) {
    const file = [...(data?.files ?? [])][0];
    if (file) this.take(file);
    else if (data?.types.includes("text/uri-list")) this.say("Only files can be dropped here: save the picture first.", true);
  }

  /** @param {Blob} file */
  async take(file) {
    this.say("Reading the picture…");
    try {
      const picture = await readPicture(file);
      if (!this.closed) this.begin(picture);
    } catch (error) {
      this.failed(error, file instanceof File ? file.name : "The picture");
    }
  }

  async watch() {
    this.show("watching");
    this.ui.live.shoot.disabled = true;
    this.say("Waiting for the camera…");
    try {
      if (!(await this.camera.start(this.ui.live.video))) return;
      this.ui.live.shoot.disabled = false;
      this.ui.live.shoot.focus();
      this.say("The camera is on. Look straight into it.");
    } catch (error) {
      this.restart();
      this.failed(error, "");
    }
  }

  snap() {
    try {
      this.begin(this.camera.take(this.ui.live.video));
    } catch (error) {
      this.failed(error, "The picture");
    }
  }

  /** @param {unknown} error @param {string} name of what failed */
  failed(error, name) {
    if (this.closed) return;
    const why = error instanceof Unreadable ? error.message : "cannot be used: the browser has no memory left for it";
    this.say(`${name} ${why}`.trim(), true);
  }

  /** A picture is there. @param {Picture} picture @param {Placement} [place] of its face, if it is known */
  async begin({ pixels, size }, place) {
    this.pixels = pixels;
    this.faces = [];
    this.chosen = -1;
    this.byHand = Boolean(place);
    this.smaller = size[0] > pixels.width
      ? `The picture has ${size.join("x")} pixels: it is worked on at ${pixels.width}x${pixels.height}.` : "";
    this.ui.place.several.hidden = true;
    const { width, height } = pixels, side = 0.7 * Math.min(width, height);
    const middle = place ?? [[side, 0, (width - side) / 2], [0, side, (height - side) / 2], [0, 0, 1]];
    this.marks = PLACES.map((point) => there(/** @type {Placement} */ (middle), point));
    this.stage.show(pixels);
    this.show("placing");
    this.look(!place);
    this.ui.accept.focus({ preventScroll: true });
    if (place) return;
    this.searching = true;
    this.say("Looking for a face…");
    this.update();
    let failure = "";
    /** @type {Face[]} */
    let faces = [];
    try {
      if (!this.engine.findFaces) failure = "Faces cannot be looked for here";
      else faces = await this.engine.findFaces(pixels);
    } catch {
      failure = "The part that finds faces could not be loaded";
    }
    if (this.pixels !== pixels) return; // another one was given in the meantime
    this.searching = false;
    this.faces = faces;
    if (faces.length) {
      const widest = faces.reduce((best, face, which) => (face.width > faces[best].width ? which : best), 0);
      this.offer();
      if (this.byHand) this.update();
      else this.pick(widest);
    } else {
      this.none = `${failure || "No face was found"}: put the three points yourself.`;
      this.update();
      if (!this.byHand) this.stage.handles[0].focus();
    }
  }

  /** The choice among several faces. */
  offer() {
    this.ui.place.several.hidden = this.faces.length < 2;
    const name = newId("face");
    this.ui.place.several.replaceChildren(make("legend", {}, `${this.faces.length} faces were found: which one?`),
      ...this.faces.map((face, which) => make("label", {},
        make("input", { type: "radio", name, value: String(which), onchange: () => this.pick(which) }),
        ` ${which + 1}, ${face.width.toFixed(0)} pixels wide`)));
  }

  /** Takes the points that were found. @param {number} which */
  pick(which) {
    const { pixels, faces } = this;
    if (!pixels || !faces[which]) return;
    this.chosen = which;
    this.byHand = false;
    const known = pixels.width === IMAGE_SIZE && pixels.height === IMAGE_SIZE && liesOnFrame([faces[which]]);
    const { points } = faces[which], place = known || !upright(points) ? AS_IT_IS : similarity(points, FIVE);
    this.marks = upright(points) ? PLACES.map((point) => there(place, point))
      : [points[0], points[1], [(points[3][0] + points[4][0]) / 2, (points[3][1] + points[4][1]) / 2]];
    this.ui.place.several.querySelectorAll("input").forEach((input, at) => (input.checked = at === which));
    this.look(near(faces).length > 1);
  }

  /** Shows the whole picture, or the face larger. @param {boolean} whole */
  look(whole) {
    const { pixels } = this;
    if (!pixels) return;
    const { width, height } = pixels, all = { left: 0, top: 0, width, height };
    const place = similarity(this.marks, PLACES), [x, y] = there(place, [0.5, 0.5]), side = 1.5 * frameSide(place);
    const left = Math.max(0, x - side / 2), top = Math.max(0, y - side / 2);
    const part = { left, top, width: Math.min(width, x + side / 2) - left, height: Math.min(height, y + side / 2) - top };
    const small = Math.min(part.width, part.height) > 24 && part.width * part.height < 0.6 * width * height;
    this.ui.place.whole.hidden = !small && this.stage.view.width === width;
    this.ui.place.whole.setAttribute("aria-pressed", String(whole));
    const view = whole || !small ? all : part;
    this.stage.look(view);
    this.ui.place.element.style.setProperty("--lfes-ratio", String(view.width / view.height));
    this.stage.number(this.faces, this.chosen);
    this.update();
  }

  /** A handle was moved. @param {number} which @param {Point} point */
  moved(which, point) {
    this.byHand = true;
    this.marks = this.marks.map((mark, at) => (at === which ? point : mark));
    this.update();
    clearTimeout(this.later);
    this.later = window.setTimeout(() => {
      const at = point.map((each) => each.toFixed(0)).join(" across, ");
      if (!this.closed && this.usable) this.say(`The ${NAMES[which]} is at ${at} down.`);
    }, 600);
  }

  /** Draws again what follows from the points, once a frame. */
  update() {
    if (!this.pixels || this.frame) return;
    this.stage.put(this.marks, upright(this.marks) ? similarity(this.marks, PLACES) : null);
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.judge();
    });
  }

  judge() {
    const { pixels, marks, faces } = this;
    if (!pixels || this.closed) return;
    const place = upright(marks) ? similarity(marks, PLACES) : null;
    this.stage.put(marks, place);
    const crop = place ? align(pixels, place, QUICK) : { data: new Uint8ClampedArray(4), width: 1, height: 1 };
    if (place) this.ui.place.crop.getContext("2d")?.putImageData(imageData(crop), 0, 0);
    this.ui.place.crop.classList.toggle("lfes-photo-refused", !place);
    const { refused, warnings } = judged(marks, pixels, this.byHand ? null : faces[this.chosen] ?? null, crop);
    this.usable = !refused;
    if (this.seen.marks === marks) warnings.push(...this.seen.warnings);
    else if (place && this.usable && !this.searching) this.lookAt(pixels, marks, place);
    this.ui.accept.disabled = !this.usable;
    this.ui.place.asFound.hidden = !(this.byHand && this.chosen >= 0);
    const widths = faces.slice(0, 9).map((face) => face.width.toFixed(0)).join(" and ");
    if (faces.length > 1 && near(faces).length === 1 && !this.byHand) {
      warnings.unshift(`of ${faces.length} faces (${widths} pixels wide) the widest was taken`);
    }
    const notes = [...(this.smaller ? [this.smaller] : []), ...warnings];
    if (notes.join() !== [...this.ui.notes.children].map((each) => each.textContent).join()) {
      this.ui.notes.replaceChildren(...notes.map((note) => make("li", {}, note)));
    }
    if (this.searching && !this.byHand) return;
    if (refused) this.say(`This picture ${refused}.`, true);
    else if (this.byHand) this.say("The points are where you put them.");
    else if (this.chosen >= 0) this.say(warnings.length ? "The face was found, but:" : "The face was found.");
    else this.say(this.none ?? "", true);
  }

  /** Asks what is in the way on a face, once its points rest. @param {ImageData} pixels @param {Point[]} marks @param {Placement} place */
  lookAt(pixels, marks, place) {
    clearTimeout(this.resting);
    this.resting = window.setTimeout(async () => {
      const shares = (await this.engine.hindrances?.(asPlanes(imageData(align(pixels, place)))).catch(() => null)) ?? {};
      if (this.closed || this.pixels !== pixels || this.marks !== marks) return;
      this.seen = { marks, warnings: inTheWay(shares) };
      this.update();
    }, 200);
  }

  use() {
    const { pixels, marks } = this;
    if (pixels && this.usable) this.finish(photographOf(pixels, similarity(marks, PLACES)));
  }

  /** @param {Laid | null} laid */
  finish(laid) {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.later);
    clearTimeout(this.resting);
    cancelAnimationFrame(this.frame);
    this.camera.stop(this.ui.live.video);
    this.stage.close();
    this.pixels = null;
    if (this.ui.dialog.open) this.ui.dialog.close();
    this.ui.dialog.remove();
    this.resolve(laid);
  }
}
