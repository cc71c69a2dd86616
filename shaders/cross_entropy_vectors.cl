// The kernel of `cross_entropy` for CPUs, where a work-item is a stream of vector instructions: it takes one sample.
// Needs `softmax_terms`, `vectors` and `without_small`.
//
// The exponentials of the sum are kept in dy, since they are expensive.

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void cross_entropy(__global const uint *restrict y, __global const uint *restrict labels,
                   __global const uint *restrict step, __global uint *dy, __global float *restrict terms,
                   const uint rows, const uint n, const uint count, const uint mean, const uint zero) {
    const uint line = get_global_id(0);
    if (line >= rows) return;
    const operands z = {y, y}, e = {dy, dy};
    const size_t first = (size_t)line * n;
    const uint label = labels[(size_t)(step[0] % count) * rows + line];
    const float most = row(MOST, ITSELF, z, first, n, 0.0f, zero);
    for (uint k = 0; k < n; k += 8) {
        const float8 x = vector_of(z, first + k, n - k, zero);
        keep(canonical_exp(sub(x, most), zero), dy, first + k, n - k, PACKED, zero);  // canonical_exp keeps NaN
    }
    const float sum = row(SUM, ITSELF, e, first, n, 0.0f, zero);
    const float8 distance = sub((float8)(most), (float8)(as_float(y[first + label])));
    terms[line] = add(canonical_log(sum, zero), distance).s0;
    for (uint k = 0; k < n; k += 8) {
        const float8 p = normalised(QUOTIENTS, vector_of(e, first + k, n - k, zero), 0.0f, sum, zero);
        const int8 right = (int8)(0, 1, 2, 3, 4, 5, 6, 7) + (int)k == (int)label;
        const float8 difference = without_small(sub(p, as_float8(right & as_int8((float8)(1.0f)))));
        keep(without_small(mul(difference, as_float(mean))), dy, first + k, n - k, PACKED, zero);
    }
}
