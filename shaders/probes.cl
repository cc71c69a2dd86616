// The results of single operations on this compiler and device: one work-item per row of inputs, one output per probe.
//
// buffers     in[rows][INPUTS], out[rows][OUTPUTS] (bit patterns)
// parameters  rows; zero: 0
// constants   GROUP: 1; PAIRS: products of the loop; HARD: the number of quotients, and of roots; INPUTS = 24 + 3·PAIRS
//             + 5·HARD; OUTPUTS: 18
//
// Inputs come from a buffer, so that the compiler folds nothing. Required probes are written as in the kernels, with
// `guarded` products and `settled` sums; probes for information only have bare operations.

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void probes(__global const float *restrict in, __global uint *restrict out, const uint rows, const uint zero) {
    const uint row = get_global_id(0);
    if (row >= rows) return;
    __global const float *v = in + row * INPUTS;
    __global uint *y = out + row * OUTPUTS;
    y[0] = as_uint(settled(guarded(v[0] * v[1]) + v[2]));
    y[1] = as_uint(guarded(v[3] * v[4]));
    y[2] = as_uint(settled(v[5] + v[6]));
    y[3] = as_uint(settled(v[7] + v[8]));
    y[4] = as_uint(settled(settled(v[9] + v[10]) + v[11]));
    const float s = settled(v[12] + v[13]);
    const float b = settled(s - v[12]);
    y[5] = as_uint(settled(settled(v[12] - settled(s - b)) + settled(v[13] - b)));
    y[6] = as_uint(sub(add(v[14], 12582912.0f), 12582912.0f));
    float sum = v[15];
    for (uint k = 0; k < PAIRS; ++k) sum = settled(sum + guarded(v[24 + k] * v[24 + PAIRS + k]));
    y[7] = as_uint(sum);
    y[8] = as_uint(canonical_half(v[16], zero));
    y[9] = as_uint(canonical_half(v[17], zero));
    y[10] = as_uint(canonical_half(v[18], zero));
    y[11] = as_uint(v[0] * v[1] + v[2]);
    y[12] = as_uint((v[14] + 12582912.0f) - 12582912.0f);
    y[13] = as_uint(guarded(v[19] * v[20]));
    y[14] = as_uint(guarded(v[21] * v[22]));
    float plain_sum = v[23];
    for (uint k = 0; k < PAIRS; ++k) plain_sum = settled(plain_sum + v[24 + 2 * PAIRS + k]);
    y[15] = as_uint(plain_sum);
    // The numbers of right results. The inputs are dividends, divisors and quotients, followed by squares and roots.
    __global const float *d = v + 24 + 3 * PAIRS;
    __global const float *r = d + 3 * HARD;
    uint quotients = 0, roots = 0;
    for (uint k = 0; k < HARD; ++k) {
        quotients += as_uint(canonical_divide(d[k], d[HARD + k], zero)) == as_uint(d[2 * HARD + k]) ? 1u : 0u;
        roots += as_uint(canonical_sqrt(r[k], zero)) == as_uint(r[HARD + k]) ? 1u : 0u;
    }
    y[16] = as_uint((float)quotients);
    y[17] = as_uint((float)roots);
}
