// An element of an operand as it is stored: an f32 a word, or where HALF is 1 an f16, two a word, the first lower.

static inline float element(__global const uint *words, ulong index) {
    if (!HALF) return as_float(words[index]);
    const uint half_bits = ((__global const ushort *)words)[index]; // host and device agree on the order of bytes
    const uint widened = (half_bits & 0x8000u) << 16 | ((half_bits & 0x7fffu) << 13) + 0x38000000u;
    return as_float((half_bits & 0x7fffu) == 0u ? 0u : widened); // subnormal halves do not occur
}
