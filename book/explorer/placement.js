// Where a face lies in a photograph: the page's half of lfes_core/images.py and lfes_core/photographs.py, number by
// number and word by word (tests/book/test_explorer_photographs.py compares them).

/** @typedef {[number, number]} Point x and y, in pixels or in parts of the frame */
/** @typedef {[[number, number, number], [number, number, number], [number, number, number]]} Placement from a place on
 *  the frame (0 to 1) to a place in the picture (pixels, whole numbers at their middles) */
/** @typedef {{points: Point[], width: number, certainty: number}} Face left eye, right eye, nose and both corners of
 *  the mouth, left and right as seen */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {{data: Uint8ClampedArray<ArrayBuffer>, width: number, height: number}} Pixels what is used of an ImageData */

export const IMAGE_SIZE = 256;
/** Where the middles of the left eye, the right eye and the mouth come to lie on the frame. @type {Point[]} */
export const PLACES = [[0.376, 0.418], [0.624, 0.418], [0.5, 0.684]];
/** Where the finder sees its five points on the frame. @type {Point[]} */
export const FIVE = [[0.3994, 0.4176], [0.6245, 0.4188], [0.5115, 0.5457], [0.4175, 0.6725], [0.6042, 0.6737]];
export const LIMITS = {
  BESIDE: 1 / 3,
  SMALLEST_FRAME: 64,
  SMALL_FRAME: 160,
  TURNED: 20,
  TURNED_AWAY: 45,
  NOSE: 0.65,
  NEAR: 0.1,
  CLOSEST_EYES: 10,
  SMALLEST: 24,
};

/** What may be in the way on a face, how sure the network must be of it, and the warning.  @type {Record<string, [number, string]>} */
export const HINDRANCES = {
  mouth: [0.9, "the mouth seems to be open: it may not close, and what a sentence says of lips and jaw will suffer"],
  glasses: [0.7, "the face seems to wear glasses: rims may bend, and what a sentence says of brows and lids will suffer"],
};

/** Warnings of what is in the way. @param {Record<string, number>} shares */
export const inTheWay = (shares) =>
  Object.entries(HINDRANCES).flatMap(([what, [least, warning]]) => (shares[what] >= least ? [warning] : []));

/** @type {Point[]} */
const CORNERS = [[0, 0], [1, 0], [0, 1], [1, 1]];
/** A picture that lies on the frame already. @type {Placement} */
export const AS_IT_IS = [[IMAGE_SIZE, 0, -0.5], [0, IMAGE_SIZE, -0.5], [0, 0, 1]];

/** @param {Placement} place @param {Point} point @returns {Point} */
export function there([[a, b, x], [c, d, y]], [u, v]) {
  return [a * u + b * v + x, c * u + d * v + y];
}

/** @param {Placement} place @returns {Placement} */
export function inverted([[a, b, x], [c, d, y]]) {
  const size = a * d - b * c;
  return [
    [d / size, -b / size, (b * y - d * x) / size],
    [-c / size, a / size, (c * x - a * y) / size],
    [0, 0, 1],
  ];
}

/** Side of the frame, in pixels of the picture. @param {Placement} place */
export const frameSide = (place) => Math.hypot(place[0][0], place[1][0]);

/** Whether these are two eyes above a mouth: anything may follow the eyes. @param {Point[]} marks */
export function upright(marks) {
  const [left, right, ...below] = marks;
  const lower = below.reduce((sum, [, y]) => sum + y, 0) / below.length;
  return right[0] - left[0] > Math.abs(right[1] - left[1]) && lower > Math.max(left[1], right[1]);
}

/**
 * The similarity (turned, scaled evenly, shifted) that brings places on the frame nearest to a face's marks.
 *
 * With points as complex numbers around their means it is one division: sum(conj(place) mark) / sum(|place|^2).
 * @param {Point[]} marks @param {Point[]} places @returns {Placement}
 */
export function similarity(marks, places) {
  const count = marks.length;
  /** @param {Point[]} points @param {0 | 1} axis */
  const mean = (points, axis) => points.reduce((sum, point) => sum + point[axis], 0) / count;
  const [fromX, fromY, toX, toY] = [mean(places, 0), mean(places, 1), mean(marks, 0), mean(marks, 1)];
  let [along, across, size] = [0, 0, 0];
  for (let each = 0; each < count; each++) {
    const [u, v] = [places[each][0] - fromX, places[each][1] - fromY];
    const [x, y] = [marks[each][0] - toX, marks[each][1] - toY];
    along += u * x + v * y;
    across += u * y - v * x;
    size += u * u + v * v;
  }
  const [a, b] = [along / size, across / size];
  return [[a, -b, toX - a * fromX + b * fromY], [b, a, toY - b * fromX - a * fromY], [0, 0, 1]];
}

/** Why there cannot be two eyes and a mouth at their places in a picture of this size, or null.
 *  @param {Placement} place @param {Size} size */
export function outside(place, { width, height }) {
  const points = PLACES.map((point) => there(place, point));
  if (points.some(([x, y]) => x < 0 || y < 0 || x >= width || y >= height)) return "the landmarks lie outside this picture";
  const [[left, top], [right, bottom]] = points;
  const close = Math.hypot(right - left, bottom - top) < LIMITS.CLOSEST_EYES;
  return close ? "the eyes of the landmarks lie in one place" : null;
}

/** How much of the box around the frame lies inside of the picture, from 0 to 1.
 *  @param {Placement} place @param {Size} size */
export function shareSeen(place, { width, height }) {
  const corners = CORNERS.map((corner) => there(place, corner));
  const share = [width, height].map((most, axis) => {
    const all = corners.map((corner) => corner[axis]);
    const inside = all.map((each) => Math.min(Math.max(each, 0), most));
    return (Math.max(...inside) - Math.min(...inside)) / (Math.max(...all) - Math.min(...all));
  });
  return share[0] * share[1];
}

/** How far the nose lies to the side of the eyes' and the mouth's middle, in distances between the eyes.
 *  @param {Point[]} points */
function aside([left, right, nose, ...corners]) {
  const [x, y] = [right[0] - left[0], right[1] - left[1]];
  const four = [left, right, ...corners];
  const middle = [0, 1].map((axis) => four.reduce((sum, point) => sum + point[axis], 0) / 4);
  return ((nose[0] - middle[0]) * x + (nose[1] - middle[1]) * y) / (x * x + y * y);
}

/** How far a head is turned to the side, in degrees. @param {Point[]} points the finder's five */
export function turn(points) {
  const straight = (FIVE[2][0] - (FIVE[0][0] + FIVE[1][0] + FIVE[3][0] + FIVE[4][0]) / 4) / (FIVE[1][0] - FIVE[0][0]);
  return (Math.asin(Math.min(1, Math.max(-1, (aside(points) - straight) / LIMITS.NOSE))) * 180) / Math.PI;
}

/** The faces among which somebody has to choose: the others stand in the background. @param {Face[]} faces */
export function near(faces) {
  const widest = Math.max(...faces.map((face) => face.width));
  return faces.filter((face) => face.width > LIMITS.BESIDE * widest);
}

/** Whether a face lies about where it should in a picture of the frame's size; also where none is found.
 *  @param {Face[]} faces */
export function liesOnFrame(faces) {
  /** @param {Face} face */
  const off = (face) => Math.max(...face.points.flatMap((point, which) => point.map(
    (each, axis) => Math.abs(each / IMAGE_SIZE - FIVE[which][axis]))));
  return !faces.length || faces.some((face) => off(face) < LIMITS.NEAR);
}

/**
 * Why a face cannot be used, or what of it will suffer.
 * @param {Point[]} marks left eye, right eye and mouth @param {Size} size of the picture
 * @param {Face | null} face that was found there, unless somebody moved its points @param {Pixels} crop
 * @returns {{refused: string | null, warnings: string[]}}
 */
export function judged(marks, size, face, crop) {
  /** @param {string} refused */
  const no = (refused) => ({ refused, warnings: [] });
  if (!upright(marks)) return no("cannot be laid on the frame: its points are not two eyes above a mouth");
  const degrees = face ? Math.abs(turn(face.points)) : 0;
  if (degrees > LIMITS.TURNED_AWAY) return no("shows a face turned to the side: give one seen from the front");
  const place = similarity(marks, PLACES);
  const why = outside(place, size);
  if (why) return no(`cannot be laid on the frame: ${why}`);
  const side = frameSide(place), eyes = (side / 4).toFixed(0);
  if (side < LIMITS.SMALLEST_FRAME) return no(`has too small a face, ${eyes} pixels from eye to eye: give 16 or more`);
  const warnings = [];
  if (degrees > LIMITS.TURNED) {
    warnings.push(`the head is turned by about ${degrees.toFixed(0)} degrees: the far side will suffer`);
  }
  if (side < LIMITS.SMALL_FRAME) {
    warnings.push(`the face is small, ${eyes} pixels from eye to eye: little of it can be seen`);
  }
  if (shareSeen(place, size) < 2 / 3) {
    warnings.push("a third of the head lies outside of the picture: what is there is guessed");
  }
  if (colorful(crop) < 4) warnings.push("the picture has no colors: what is painted may have some");
  return { refused: null, warnings };
}

/** How far a pixel's largest and smallest color are apart, on average. @param {Pixels} pixels */
function colorful({ data }) {
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) {
    sum += Math.max(data[at], data[at + 1], data[at + 2]) - Math.min(data[at], data[at + 1], data[at + 2]);
  }
  return (4 * sum) / data.length;
}
