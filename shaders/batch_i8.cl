// One dense layer of int8 for many samples, y = W x + b for each, then the activation. Needs `dot_i8`.
//
// buffers     weights[rows][stride], bias[rows], x[samples][stride], y[samples][width]
// parameters  rows; stride: words per row of W and per sample of x, +0 beyond the columns; activation: 0 for none, then
//             a word of y is a logit, else the shift, then a word of y holds four activations; width: words per sample
//             of y; first, end: the range of samples of this launch; zero: 0
// constants   GROUP: work-items per work-group
//
// A work-item computes a tile of four rows by four samples.
__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void tiles(__global const uint *restrict weights, __global const int *restrict bias, __global const uint *restrict x,
           __global uint *restrict y, const uint rows, const uint stride, const uint shift, const uint width,
           const uint first, const uint end, const uint zero) {
    const uint down = (rows + 3) / 4, sample = first + get_global_id(0) / down * 4;
    const uint row = get_global_id(0) % down * 4;
    for (uint s = sample; s < min(sample + 4, end); ++s) {
        __global const char *mine = (__global const char *)(x + (size_t)s * stride);
        uint word = 0;
        for (uint r = row; r < min(row + 4, rows); ++r) {
            const int sum = biased(row_dot(weights + (size_t)r * stride, mine, stride, zero), bias[r], zero);
            if (shift) word |= (uint)activated(sum, shift, zero) << 8 * (r - row);
            else y[(size_t)s * width + r] = as_uint(sum);
        }
        if (shift) y[(size_t)s * width + row / 4] = word;
    }
}
