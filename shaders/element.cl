// An element of an operand as it is stored: one f32 per word, or two f16 per word if HALF is 1, the first in the low
// half. Needs `rounding`.

static inline float element(__global const uint *words, ulong index) {
    if (!HALF) return as_float(words[index]);
    return widened1(((__global const ushort *)words)[index]); // host and device have the same byte order
}
