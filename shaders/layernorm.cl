// y = layernorm(x) over rows of x, one work-group per row: the sequence of NUMERICS.md section 12. Needs `lanes`.
//
// buffers     x[rows][n], gamma[n], beta[n], y[rows][n], all stored as in `words` or `halves`; every row starts with a
//             new word, and half a word of padding in y is +0
// parameters  n; count, epsilon: the bits of n and of epsilon as f32; zero: 0
// constants   GROUP: 64, the lanes of the sum; BLOCK as in `lanes`

static inline float normal(float x, float mean, float r, float gamma, float beta, uint zero) {
    return as_float(flushed_bits(add(mul(mul(sub(x, mean), r), gamma), beta)));
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void layernorm(__global const uint *restrict x, __global const uint *restrict gamma, __global const uint *restrict beta,
               __global uint *restrict y, const uint n, const uint count, const uint epsilon, const uint zero) {
    __local float values[GROUP];
    const uint item = get_local_id(0), words = (n + EACH - 1) / EACH;
    const operands z = x + (size_t)get_group_id(0) * words;
    y += (size_t)get_group_id(0) * words;
    const float size = as_float(count);
    float mean = 0, moment = 0;
    for (uint kind = ITSELF; kind <= DEVIATION; kind += DEVIATION) {  // PoCL's compiler fails on two calls
        mean = moment;
        moment = canonical_divide(row(SUM, kind, z, n, mean, values, item, zero), size, zero);
    }
    const float r = canonical_rsqrt(add(moment, as_float(epsilon)), zero);
    for (uint word = item; word < words; word += GROUP) {
        const uint k = word * EACH, other = k + EACH - 1;
        const float a = normal(element(z, k, zero), mean, r, element(gamma, k, zero), element(beta, k, zero), zero);
        float b = 0.0f; // the padding of a row's last word
        if (other < n)
            b = normal(element(z, other, zero), mean, r, element(gamma, other, zero), element(beta, other, zero), zero);
        y[word] = word_with(a, b, zero);
    }
}
