// Brings a tensor from one layout to another: a work-item per word of y. Nothing is rounded, so no device changes a
// value. Needs `rounding`.
//
// buffers     x, y: rows of `stride` words, of which the first elements of a row are the tensor's, in C order
// parameters  count: elements; words: of y; x_columns, x_stride, y_columns, y_stride: elements of a row, and words from
//             one row to the next; padding: the bits of words that have no element; zero: 0
// constants   GROUP: work-items per work-group; FROM and TO: the form of elements in x and y: 0 for words of 32 bits;
//             of binary16, 1 for an f32 each, 2 for two per word, the first in the low half

// The bits of element i: of binary16, those of the f32 of the same value.
static inline uint loaded(__global const uint *x, uint i, uint columns, uint stride) {
    const uint row = i / columns, column = i % columns;
    const uint word_bits = x[row * stride + column / (FROM == 2 ? 2 : 1)];
    return FROM == 2 ? as_uint(widened(word_bits >> column % 2 * 16)) : word_bits;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void relayout(__global const uint *restrict x, __global uint *restrict y, const uint count, const uint words,
              const uint x_columns, const uint x_stride, const uint y_columns, const uint y_stride,
              const uint padding, const uint zero) {
    const uint word_index = get_global_id(0), per_word = TO == 2 ? 2 : 1;
    if (word_index >= words) return;
    const uint row = word_index / y_stride, column = word_index % y_stride * per_word;
    const uint first = row * y_columns + column;
    uint bits = padding;
    if (column < y_columns && first < count) {
        bits = loaded(x, first, x_columns, x_stride);
#if TO == 2
        const bool both = column + 1 < y_columns && first + 1 < count;
        const uint next = both ? loaded(x, first + 1, x_columns, x_stride) : 0u;
        bits = canonical_half_bits(as_float(bits), zero) | canonical_half_bits(as_float(next), zero) << 16;
#endif
    }
    y[word_index] = bits;
}
