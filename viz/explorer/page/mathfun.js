// The elementary functions of wann/numeric/mathfun.py: the same IEEE operations in the same order, so that a browser
// gives the same bits.  The coefficients come from there with the data, and the function activate(code, x) is written
// from the table of wann/numeric/activations.py.

const MAGIC = 6755399441055744; // 1.5 * 2**52: y + MAGIC holds rint(y) in its low bits
const LOG2E = 1.4426950408889634;
const LEAST_EXPONENT = -1020, GREATEST_EXPONENT = 1020;

const bits = new DataView(new ArrayBuffer(8));

// Python's max and min: the first of equals, and the first where one is no number
const larger = (a, b) => (b > a ? b : a);
const smaller = (a, b) => (b < a ? b : a);

/** Nearest integer, halves to even. */
function rint(x) {
  const below = Math.floor(x), rest = x - below;
  if (rest < 0.5) return below;
  if (rest > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** -v where the integer n is odd, else v. */
function flipOdd(n, v) {
  bits.setFloat64(0, n + MAGIC);
  return bits.getUint8(7) & 1 ? -v : v;
}

/** 2**n for a whole n from -1022 to 1023, exactly. */
function powerOfTwo(n) {
  bits.setUint32(0, (n + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** Horner's rule in u**2 for every second coefficient, from `last` down to `first`. */
function horner(u, coefficients, first, last) {
  let r = coefficients[last];
  for (let i = last - 2; i >= first; i -= 2) r = r * u + coefficients[i];
  return r;
}

function polynomial(u, coefficients) {
  const square = u * u, last = coefficients.length - 1;
  const odd = horner(square, coefficients, 1, last % 2 === 1 ? last : last - 1);
  const even = horner(square, coefficients, 2, last % 2 === 0 ? last : last - 1);
  return (even * u + odd) * u + coefficients[0];
}

function sinPi(x) {
  const n = rint(x), r = x - n;
  return flipOdd(n, r * polynomial(r * r, MATHFUN.SIN_PI));
}

function cosPi(x) {
  const n = rint(x), r = x - n;
  return flipOdd(n, polynomial(r * r, MATHFUN.COS_PI));
}

/** [sin x, cos x], x in radians. */
function sinCos(x) {
  const n = rint(x * (1 / Math.PI));
  const r = x - n * MATHFUN.PI_A - n * MATHFUN.PI_B - n * MATHFUN.PI_C;
  const u = r * r;
  return [flipOdd(n, r * polynomial(u, MATHFUN.SIN)), flipOdd(n, polynomial(u, MATHFUN.COS))];
}

const cosNearZero = (x) => polynomial(x * x, MATHFUN.COS_WIDE);

/** 2**y; y is kept between LEAST_EXPONENT and GREATEST_EXPONENT. */
function exp2(y) {
  y = smaller(GREATEST_EXPONENT, larger(LEAST_EXPONENT, y));
  const n = y + MAGIC - MAGIC;
  return Number.isNaN(y) ? y : polynomial(y - n, MATHFUN.EXP2) * powerOfTwo(n);
}

function tanh(x) {
  const e = exp2(Math.abs(x) * (-2 * LOG2E));
  const size = (1 - e) / (1 + e);
  return x < 0 || Object.is(x, -0) ? -size : size;
}
