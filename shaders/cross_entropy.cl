// The cross-entropy of every sample's softmax with its label, and its gradient; a work-group takes one sample. Needs
// `softmax_terms`, `words`, `lanes` and `without_small`.
//
// buffers     y[rows][n], labels[count][rows], step[1], dy[rows][n], terms[rows]
// parameters  rows; n; count; mean: the bits of 1/rows; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK as in `lanes`

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void cross_entropy(__global const uint *restrict y, __global const uint *restrict labels,
                   __global const uint *restrict step, __global float *restrict dy, __global float *restrict terms,
                   const uint rows, const uint n, const uint count, const uint mean, const uint zero) {
    __local float values[GROUP];
    const uint item = get_local_id(0), line = get_group_id(0);
    const operands z = y + (size_t)line * n;
    const uint label = labels[(size_t)(step[0] % count) * rows + line];
    float most = 0.0f, sum = 0.0f;
    for (uint pass = 0; pass < 2; ++pass) {  // PoCL's compiler fails on two calls
        most = sum;
        sum = row(pass ? SUM : MOST, pass ? EXPONENTIAL_OR_NAN : ITSELF, z, n, most, values, item, zero);
    }
    if (item == 0) terms[line] = add(canonical_log(sum, zero), sub(most, element(z, label, zero)));
    for (uint k = item; k < n; k += GROUP) {
        const float p = normalised(PROBABILITY, element(z, k, zero), most, sum, zero);
        const float difference = without_small(sub(p, k == label ? 1.0f : 0.0f));
        dy[(size_t)line * n + k] = without_small(mul(difference, as_float(mean)));
    }
}
