// The parts of a reduction: the term of an element, the combination of two results, and the finish of the last one.
// Needs `rounding` and `elementary`.
//
// Combinations are SUM, MOST and LEAST; the kernels' constants give terms and finishes the numbers of
// paragon_tui/operators/reducing.py.

const SUM = 0u;
const MOST = 1u;

const ITSELF = 0u;
const MAGNITUDE = 1u;
const SQUARE = 2u;
const EXPONENTIAL = 3u;
const DEVIATION = 4u;

// `base` is subtracted before an exponential (the largest element) or before the square of a deviation (the mean).
fn term(kind: u32, x: f32, base: f32) -> f32 {
    switch (kind) {
        case 1u: { return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu); }
        case 2u: { return mul(x, x); }
        case 3u: { return canonical_exp(sub(x, base)); }
        case 4u: { return mul(sub(x, base), sub(x, base)); }
        default: { return x; }
    }
}

fn combined(combination: u32, a: f32, b: f32) -> f32 {
    switch (combination) {
        case 0u: { return add(a, b); }
        case 1u: { return max(a, b); }
        default: { return min(a, b); }
    }
}

fn without_sign_of_zero(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    return bitcast<f32>(select(bits, 0u, bits == 0x80000000u));
}

// `count` is the number of elements, `most` the base of a sum of exponentials.
fn finished(finish: u32, x: f32, count: f32, most: f32) -> f32 {
    switch (finish) {
        case 1u: { return canonical_divide(x, count); }
        case 2u: { return canonical_sqrt(x); }
        case 3u: { return bitcast<f32>(flushed_bits(add(most, canonical_log(x)))); }
        default: { return without_sign_of_zero(x); }
    }
}
