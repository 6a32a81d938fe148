// From strokes of a pen to the image that a network sees, made as the images of its data were.

/** Strokes, lists of [x, y], moved and scaled to a square of `base` pixels as `scan` says, for a pen of this width. */
function fitStrokes(strokes, scan, pen) {
  const points = strokes.flat(), xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  const left = Math.min(...xs), top = Math.min(...ys);
  const width = Math.max(Math.max(...xs) - left, 1e-6), height = Math.max(Math.max(...ys) - top, 1e-6);
  let tall, wide;
  if (scan.width) { // the height is filled, the width follows within bounds
    tall = scan.height - pen;
    const inProportion = width * tall / height, [least, most] = scan.width;
    wide = Math.min(Math.max(inProportion, Math.min(least - pen, 2 * inProportion)), most - pen); // a bar stays upright
  } else { // in proportion, into a box
    const scale = (scan.height - pen) / Math.max(width, height);
    [tall, wide] = [height * scale, width * scale];
  }
  const place = ([x, y]) => [
    scan.base / 2 + ((x - left) / width - 0.5) * wide,
    scan.base / 2 + ((y - top) / height - 0.5) * tall,
  ];
  return strokes.map((stroke) => stroke.map(place));
}

function strokesLength(strokes) {
  let length = 0;
  for (const stroke of strokes) {
    for (let i = 1; i < stroke.length; i++) length += Math.hypot(stroke[i][0] - stroke[i - 1][0], stroke[i][1] - stroke[i - 1][1]);
  }
  return length;
}

/** Draws strokes on a square and returns its pixels, row by row, from 0 to 1. */
function rasterize(strokes, base, pen, dx = 0, dy = 0) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = base;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.translate(dx, dy);
  context.lineWidth = pen;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(...stroke[0]);
    for (const point of stroke.length > 1 ? stroke.slice(1) : stroke) context.lineTo(...point);
    context.stroke();
  }
  const { data } = context.getImageData(0, 0, base, base);
  return Float64Array.from({ length: base * base }, (_, i) => data[4 * i + 3] / 255);
}

/** Sum, and mean column and row, of an image's ink. */
function massOf(image, side) {
  let total = 0, x = 0, y = 0;
  image.forEach((v, i) => {
    total += v;
    x += v * (i % side);
    y += v * Math.floor(i / side);
  });
  return [total, total ? x / total : 0, total ? y / total : 0];
}

/** The image sheared along its rows so that its moment mu11 / mu02 becomes 0, as in envs/mnist.py. */
function deskew(image, side) {
  const [, x, y] = massOf(image, side), out = new Float64Array(image.length);
  let mu11 = 0, mu02 = 0;
  image.forEach((v, i) => {
    const up = Math.floor(i / side) - y;
    mu11 += (i % side - x) * up * v;
    mu02 += up * up * v;
  });
  const skew = mu02 > 0 ? mu11 / mu02 : 0;
  for (let r = 0; r < side; r++) {
    const shift = skew * (r - y), whole = Math.floor(shift), share = shift - whole;
    for (let c = 0; c < side; c++) {
      const left = c + whole, pixel = (k) => (k >= 0 && k < side ? image[r * side + k] : 0);
      out[r * side + c] = (1 - share) * pixel(left) + share * pixel(left + 1);
    }
  }
  return out;
}

/** The image on fewer pixels: each is the mean of those that it covers, wholly or in part. */
function shrink(image, side, small) {
  const size = side / small, shares = [];
  for (let r = 0; r < small; r++) {
    const top = r * size, bottom = (r + 1) * size, row = [];
    for (let i = Math.floor(top); i < Math.min(side, Math.ceil(bottom)); i++) {
      row.push([i, (Math.min(i + 1, bottom) - Math.max(i, top)) / size]);
    }
    shares.push(row);
  }
  const out = new Float64Array(small * small);
  shares.forEach((down, r) => shares.forEach((across, c) => {
    let sum = 0;
    for (const [i, a] of down) for (const [j, b] of across) sum += a * b * image[i * side + j];
    out[r * small + c] = sum;
  }));
  return out;
}

/** The image, `rows` by `rows` pixels, of what was drawn. */
function scanStrokes(strokes, scan, rows) {
  if (!strokes.length) return new Float64Array(rows * rows);
  const [thin, thick] = scan.pen, length = strokesLength(fitStrokes(strokes, scan, thin));
  const pen = Math.min(Math.max(scan.ink / (length + thin), thin), thick);
  const fitted = fitStrokes(strokes, scan, pen);
  let image = rasterize(fitted, scan.base, pen);
  if (scan.by_mass) {
    const [, x, y] = massOf(image, scan.base), middle = (scan.base - 1) / 2;
    image = rasterize(fitted, scan.base, pen, middle - x, middle - y);
  }
  if (scan.deskew) image = deskew(image, scan.base);
  return rows === scan.base ? image : shrink(image, scan.base, rows);
}
