// A picture from a file or from the camera, as pixels. Nothing here leaves the device: no request is made.

import { LIMITS } from "./placement.js";

/** Longer side of the pictures that are worked on, in pixels. */
export const LONGEST = 2000;
/** A larger picture would take half a gigabyte of memory. */
export const MOST_PIXELS = 100e6;

/** @typedef {{pixels: ImageData, size: [number, number]}} Picture at most `LONGEST`, and the size that it had */

/** What a picture cannot be used for, in words for a reader. */
export class Unreadable extends Error {}

/** @param {CanvasImageSource} source @param {number} width @param {number} height @returns {Picture} */
function pixelsOf(source, width, height) {
  if (Math.min(width, height) < LIMITS.SMALLEST || Math.max(width, height) > 8 * Math.min(width, height)) {
    const least = `${LIMITS.SMALLEST}x${LIMITS.SMALLEST}`;
    throw new Unreadable(`is ${width}x${height} pixels: give a picture of ${least} or more, not much longer than wide`);
  }
  if (width * height > MOST_PIXELS) throw new Unreadable("has more than 100 megapixels: make it smaller");
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Unreadable("cannot be drawn: this browser has no memory left");
  context.fillStyle = "#fff"; // transparency is white, as in the package
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  canvas.width = canvas.height = 0; // gives its memory back at once
  return { pixels, size: [width, height] };
}

/** The pixels of a file, turned as the camera held it. @param {Blob} file @returns {Promise<Picture>} */
export async function readPicture(file) {
  const name = file instanceof File ? file.name.toLowerCase() : "";
  const url = URL.createObjectURL(file), image = new Image();
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
      image.src = url; // is decoded only when it is drawn, at the size that is needed
    });
    return pixelsOf(image, image.naturalWidth, image.naturalHeight);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    const heic = /\.hei[cf]$/.test(name) || /hei[cf]/.test(file.type);
    const why = heic ? "it is HEIC" : file.size ? "no known kind of picture" : "it is empty";
    throw new Unreadable(`is not a picture that can be read (${why}): give a JPEG or PNG file`);
  } finally {
    image.src = "";
    URL.revokeObjectURL(url);
  }
}

/** The camera of a phone's or a laptop's front side, until it is stopped. */
export class Camera {
  constructor() {
    /** @type {MediaStream | null} */
    this.stream = null;
    this.wanted = false;
  }

  /** Shows what it sees. @param {HTMLVideoElement} video @returns {Promise<boolean>} false: stopped in the meantime */
  async start(video) {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new Unreadable("The camera needs a page from https or from this computer: choose a file.");
    }
    this.wanted = true;
    /** @type {MediaStream} */
    let stream;
    try {
      const wish = { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } };
      stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
    } catch (error) {
      const kind = error instanceof Error ? error.name : "";
      if (kind === "NotAllowedError") {
        throw new Unreadable("The camera was not allowed: allow it in the browser, or choose a file.");
      }
      if (kind === "NotFoundError") throw new Unreadable("No camera was found: choose a file.");
      throw new Unreadable("The camera does not answer, perhaps because another program uses it: choose a file.");
    }
    if (!this.wanted) {
      for (const track of stream.getTracks()) track.stop();
      return false;
    }
    this.stream = stream;
    video.srcObject = stream;
    await video.play().catch(() => {}); // interrupted where it was stopped
    return this.wanted;
  }

  /** The picture that it shows; not mirrored. @param {HTMLVideoElement} video @returns {Picture} */
  take(video) {
    return pixelsOf(video, video.videoWidth, video.videoHeight);
  }

  /** Its light goes out. @param {HTMLVideoElement} video */
  stop(video) {
    this.wanted = false;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    video.srcObject = null;
  }
}
