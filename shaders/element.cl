// An element of an operand as it is stored: one f32 per word, or two f16 per word if HALF is 1, the first in the low
// half.

static inline float element(__global const uint *words, ulong index) {
    if (!HALF) return as_float(words[index]);
    const uint half_bits = ((__global const ushort *)words)[index]; // host and device have the same byte order
    const uint widened = (half_bits & 0x8000u) << 16 | ((half_bits & 0x7fffu) << 13) + 0x38000000u;
    return as_float((half_bits & 0x7fffu) == 0u ? 0u : widened); // subnormal halves do not occur
}
