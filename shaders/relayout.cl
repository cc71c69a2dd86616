// Brings a tensor from one layout to another: a work-item per word of y. Only integers are computed with, so no device
// changes a value.
//
// buffers     x, y: rows of `stride` words, of which the first elements of a row are the tensor's, in C order
// parameters  count: elements; words: of y; x_columns, x_stride, y_columns, y_stride: elements of a row, and words from
//             one row to the next; padding: the bits of words that have no element; zero: 0
// constants   GROUP: work-items per work-group; FROM and TO: the form of elements in x and y: 0 for words of 32 bits;
//             of binary16, 1 for an f32 each, 2 for two per word, the first in the low half, 3 for an f32 times 2^112
//
// No binary16 is subnormal, and no zero has a sign.

// The bits of element i: of binary16, those of the f32 of the same value.
static inline uint loaded(__global const uint *x, uint i, uint columns, uint stride) {
    const uint row = i / columns, column = i % columns;
#if FROM == 2
    const uint half_bits = x[row * stride + column / 2] >> (column % 2 * 16) & 0xffffu;
    const uint widened = (half_bits & 0x8000u) << 16 | ((half_bits & 0x7fffu) << 13) + 0x38000000u;
    return (half_bits & 0x7fffu) == 0u ? 0u : widened;
#else
    const uint bits = x[row * stride + column];
    return FROM == 3 && bits != 0u ? bits - 0x38000000u : bits;
#endif
}

static inline uint half_bits_of(uint bits) {
    return bits == 0u ? 0u : (bits >> 16 & 0x8000u) | ((bits & 0x7fffffffu) - 0x38000000u) >> 13;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void relayout(__global const uint *restrict x, __global uint *restrict y, const uint count, const uint words,
              const uint x_columns, const uint x_stride, const uint y_columns, const uint y_stride,
              const uint padding, const uint zero) {
    const uint word_index = get_global_id(0), per_word = TO == 2 ? 2 : 1;
    if (word_index >= words) return;
    const uint row = word_index / y_stride, column = word_index % y_stride * per_word;
    const uint first = row * y_columns + column;
    const bool present = column < y_columns && first < count;
#if TO == 2
    const bool both = column + 1 < y_columns && first + 1 < count;
    const uint low = present ? half_bits_of(loaded(x, first, x_columns, x_stride)) : 0u;
    const uint high = both ? half_bits_of(loaded(x, first + 1, x_columns, x_stride)) : 0u;
    y[word_index] = present ? low | high << 16 : padding;
#else
    const uint bits = present ? loaded(x, first, x_columns, x_stride) : padding;
    y[word_index] = TO == 3 && bits != 0u ? bits + 0x38000000u : bits;
#endif
}
