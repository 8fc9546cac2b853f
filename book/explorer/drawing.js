// Pictures on canvases: faces, differences, attention maps over a face, outlines of regions, fields of movement.

/** @typedef {number[][]} Colors  red, green and blue of each step */

/** Values -1..1, three planes, as pixels.  @param {Float32Array} planes */
export function asPixels(planes) {
  const size = planes.length / 3;
  const side = Math.sqrt(size);
  const pixels = new ImageData(side, side);
  for (let at = 0; at < size; at++) {
    for (let part = 0; part < 3; part++) pixels.data[4 * at + part] = Math.round(127.5 * (planes[part * size + at] + 1));
    pixels.data[4 * at + 3] = 255;
  }
  return pixels;
}

/** Pixels as values -1..1, three planes.  @param {ImageData} pixels */
export function asPlanes({ data }) {
  const size = data.length / 4;
  const planes = new Float32Array(3 * size);
  for (let at = 0; at < size; at++)
    for (let part = 0; part < 3; part++) planes[part * size + at] = data[4 * at + part] / 127.5 - 1;
  return planes;
}

/** @param {number} width @param {number} [height] */
function canvasOf(width, height = width) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** @param {HTMLCanvasElement} canvas */
const penOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));

/** The pixels of a picture file.  @param {Blob} file */
export async function decode(file) {
  const bitmap = await createImageBitmap(file);
  const canvas = canvasOf(bitmap.width, bitmap.height);
  const pen = penOf(canvas);
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** @type {WeakMap<Float32Array, { color: HTMLCanvasElement, gray: HTMLCanvasElement }>} */
const painted = new WeakMap();

/** A face as a canvas, in color and in a light gray; made once.  @param {Float32Array} planes */
function facesOf(planes) {
  let both = painted.get(planes);
  if (!both) {
    const pixels = asPixels(planes);
    const color = canvasOf(pixels.width);
    const gray = canvasOf(pixels.width);
    const dots = pixels.data;
    penOf(color).putImageData(pixels, 0, 0);
    for (let dot = 0; dot < dots.length; dot += 4) {
      dots[dot] = dots[dot + 1] = dots[dot + 2] = 70 + 0.72 * (0.299 * dots[dot] + 0.587 * dots[dot + 1] + 0.114 * dots[dot + 2]);
    }
    penOf(gray).putImageData(pixels, 0, 0);
    painted.set(planes, (both = { color, gray }));
  }
  return both;
}

/** @param {HTMLCanvasElement} canvas @param {CanvasImageSource} source @param {number} [alpha] */
function lay(canvas, source, alpha = 1) {
  const pen = penOf(canvas);
  pen.imageSmoothingQuality = "high";
  pen.globalAlpha = alpha;
  pen.globalCompositeOperation = alpha < 1 ? "source-over" : "copy"; // the soft edge of an enlarged picture keeps nothing
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  pen.globalAlpha = 1;
  pen.globalCompositeOperation = "source-over";
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} planes */
export const paintFace = (canvas, planes) => lay(canvas, facesOf(planes).color);

/**
 * What became lighter (orange, up to `most` of 255) and darker (purple); white where nothing changed.
 * @param {HTMLCanvasElement} canvas @param {Float32Array} after @param {Float32Array} before @param {number} [most]
 */
export function paintDifference(canvas, after, before, most = 60) {
  const size = after.length / 3;
  const side = Math.sqrt(size);
  const pixels = new ImageData(side, side);
  for (let at = 0; at < size; at++) {
    let change = 0;
    for (let part = 0; part < 3; part++) change += 42.5 * (after[part * size + at] - before[part * size + at]);
    const share = Math.min(1, Math.abs(change) / most);
    const end = change > 0 ? [179, 88, 6] : [84, 39, 136];
    for (let part = 0; part < 3; part++) pixels.data[4 * at + part] = 250 + share * (end[part] - 250);
    pixels.data[4 * at + 3] = 255;
  }
  const sheet = canvasOf(side);
  penOf(sheet).putImageData(pixels, 0, 0);
  lay(canvas, sheet);
}

/**
 * A word's map over the gray face.
 * @param {HTMLCanvasElement} canvas @param {Float32Array} planes @param {Float32Array} map @param {[number, number]} ends @param {Colors} colors
 */
export function paintMap(canvas, planes, map, [low, high], colors) {
  const side = Math.sqrt(map.length);
  const sheet = canvasOf(side);
  const tile = new ImageData(side, side);
  const last = colors.length - 1;
  for (let at = 0; at < map.length; at++) {
    const share = high > low ? Math.min(1, Math.max(0, (map[at] - low) / (high - low))) : 0;
    const [red, green, blue] = colors[Math.round(share * last)];
    tile.data[4 * at] = red;
    tile.data[4 * at + 1] = green;
    tile.data[4 * at + 2] = blue;
    tile.data[4 * at + 3] = 255;
  }
  penOf(sheet).putImageData(tile, 0, 0);
  lay(canvas, facesOf(planes).gray);
  lay(canvas, sheet, 0.62);
}

/** A color bar.  @param {HTMLCanvasElement} canvas @param {Colors} colors */
export function paintBar(canvas, colors) {
  const pen = penOf(canvas);
  const step = canvas.width / colors.length;
  colors.forEach(([red, green, blue], place) => {
    pen.fillStyle = `rgb(${red} ${green} ${blue})`;
    pen.fillRect(Math.floor(place * step), 0, Math.ceil(step), canvas.height);
  });
}

/** The values of a mask, made smooth by means of 2 radius + 1 places, twice.  @param {Uint8Array} mask @param {number} radius */
function smooth(mask, radius) {
  const side = Math.sqrt(mask.length);
  let values = Float32Array.from(mask);
  for (let turn = 0; turn < 4; turn++) {
    const next = new Float32Array(values.length);
    const across = turn % 2 ? side : 1;
    const along = turn % 2 ? 1 : side;
    for (let line = 0; line < side; line++) {
      for (let place = 0; place < side; place++) {
        let sum = 0;
        for (let step = -radius; step <= radius; step++)
          sum += values[line * along + Math.min(side - 1, Math.max(0, place + step)) * across];
        next[line * along + place * across] = sum / (2 * radius + 1);
      }
    }
    values = next;
  }
  return values;
}

/** The border of a region, for a picture whose side is 1: marching squares.  @param {Uint8Array} mask @returns {Path2D} */
export function outlineOf(mask) {
  const side = Math.sqrt(mask.length);
  const values = smooth(mask, 2);
  const path = new Path2D();
  for (let row = 0; row < side - 1; row++) {
    for (let column = 0; column < side - 1; column++) {
      const at = row * side + column;
      const corners = [values[at], values[at + 1], values[at + side + 1], values[at + side]];
      /** @type {[number, number][]} */
      const cuts = [];
      const ends = [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ];
      for (let edge = 0; edge < 4; edge++) {
        const one = corners[edge];
        const other = corners[(edge + 1) % 4];
        if (one > 0.5 === other > 0.5) continue;
        const share = (0.5 - one) / (other - one);
        const [x, y] = ends[edge];
        const [z, w] = ends[(edge + 1) % 4];
        cuts.push([(column + 0.5 + x + share * (z - x)) / side, (row + 0.5 + y + share * (w - y)) / side]);
      }
      for (let cut = 0; cut + 1 < cuts.length; cut += 2) {
        path.moveTo(...cuts[cut]);
        path.lineTo(...cuts[cut + 1]);
      }
    }
  }
  return path;
}

/** @param {HTMLCanvasElement} canvas @param {Path2D} outline */
export function strokeOutline(canvas, outline) {
  const pen = penOf(canvas);
  const whole = new Path2D();
  whole.addPath(outline, new DOMMatrix([canvas.width, 0, 0, canvas.height, 0, 0]));
  pen.lineCap = "round";
  for (const [color, width] of /** @type {[string, number][]} */ ([
    ["#000c", 5.5],
    ["#7fd4ff", 2.6],
  ])) {
    pen.strokeStyle = color;
    pen.lineWidth = (width * canvas.width) / 512;
    pen.stroke(whole);
  }
}

/** A cross at a place.  @param {HTMLCanvasElement} canvas @param {number} x 0 to 1  @param {number} y */
export function paintCross(canvas, x, y) {
  const pen = penOf(canvas);
  const [left, top] = [x * canvas.width, y * canvas.height];
  const unit = canvas.width / 64;
  for (const [color, width] of /** @type {[string, number][]} */ ([
    ["#000", 5],
    ["#fff", 2],
  ])) {
    pen.strokeStyle = color;
    pen.lineWidth = (width * canvas.width) / 512;
    pen.beginPath();
    pen.arc(left, top, 1.5 * unit, 0, 2 * Math.PI);
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      pen.moveTo(left + 1.5 * unit * dx, top + 1.5 * unit * dy);
      pen.lineTo(left + 3 * unit * dx, top + 3 * unit * dy);
    }
    pen.stroke();
  }
}

/** How many times longer than it is a movement is drawn. */
export const LONGER = 3;

/** Where the skin of a place goes, in shares of the width, at a place 0 to 1.  @param {Float32Array} flow */
function movementOf(flow) {
  const size = flow.length / 2;
  const side = Math.sqrt(size);
  const last = side - 1;
  /** @param {number} x @param {number} y @returns {[number, number]} */
  const at = (x, y) => {
    const place = Math.min(last, Math.floor(y * side)) * side + Math.min(last, Math.floor(x * side));
    return [-flow[place] / 2, -flow[size + place] / 2]; // a flow says from where a pixel is taken
  };
  return at;
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} planes @param {Float32Array} flow */
export function paintArrows(canvas, planes, flow) {
  lay(canvas, facesOf(planes).gray);
  const pen = penOf(canvas);
  const at = movementOf(flow);
  const count = 26;
  const size = canvas.width;
  const path = new Path2D();
  for (let row = 0.5; row < count; row++) {
    for (let column = 0.5; column < count; column++) {
      const [dx, dy] = at(column / count, row / count);
      const length = Math.hypot(dx, dy);
      if (length < 0.0016) continue; // less than 0.4 of 256 pixels
      const [x, y] = [(size * column) / count, (size * row) / count];
      const [right, down] = [LONGER * size * dx, LONGER * size * dy];
      const head = Math.min(9, 3 + 0.35 * Math.hypot(right, down)) / Math.hypot(right, down);
      path.moveTo(x, y);
      path.lineTo(x + right, y + down);
      path.lineTo(x + right - head * (0.9 * right - 0.5 * down), y + down - head * (0.9 * down + 0.5 * right));
      path.moveTo(x + right, y + down);
      path.lineTo(x + right - head * (0.9 * right + 0.5 * down), y + down - head * (0.9 * down - 0.5 * right));
    }
  }
  strokeTwice(pen, path, size);
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} planes @param {Float32Array} flow */
export function paintMesh(canvas, planes, flow) {
  lay(canvas, facesOf(planes).gray);
  const at = movementOf(flow);
  const count = 28;
  const size = canvas.width;
  const path = new Path2D();
  /** @param {number} row @param {number} column @returns {[number, number]} */
  const corner = (row, column) => {
    const [dx, dy] = at(column / count, row / count);
    return [size * (column / count + LONGER * dx), size * (row / count + LONGER * dy)];
  };
  for (let line = 1; line < count; line++) {
    for (const isRow of [true, false]) {
      path.moveTo(...(isRow ? corner(line, 0) : corner(0, line)));
      for (let step = 1; step <= count; step++) path.lineTo(...(isRow ? corner(line, step) : corner(step, line)));
    }
  }
  strokeTwice(penOf(canvas), path, size, 0.6);
}

/** Lines that are seen on dark and light skin.  @param {CanvasRenderingContext2D} pen @param {Path2D} path @param {number} size @param {number} [scale] */
function strokeTwice(pen, path, size, scale = 1) {
  pen.lineJoin = pen.lineCap = "round";
  for (const [color, width] of /** @type {[string, number][]} */ ([
    ["#fffc", 5],
    ["#00406a", 2.2],
  ])) {
    pen.strokeStyle = color;
    pen.lineWidth = (scale * width * size) / 512;
    pen.stroke(path);
  }
}
