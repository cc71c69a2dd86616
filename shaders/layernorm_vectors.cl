// The kernel of `layernorm` for CPUs, where a work-item is a stream of vector instructions: it takes one row. Needs
// `vectors`.

static inline float8 normal(operands x, operands gamma, operands beta, size_t first, uint k, uint left, float mean,
                            float r, uint zero) {
    const float8 d = sub(vector_of(x, first + k, left, zero), mean);
    const float8 scaled = mul(mul(d, r), vector_of(gamma, k, left, zero));
    return as_float8(flushed_bits(add(scaled, vector_of(beta, k, left, zero))));
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void layernorm(__global const uint *restrict x, __global const uint *restrict gamma, __global const uint *restrict beta,
               __global uint *restrict y, const uint rows, const uint n, const uint count, const uint epsilon,
               const uint zero) {
    if (get_global_id(0) >= rows) return;
    const operands z = {x, x}, g = {gamma, gamma}, b = {beta, beta};
    const size_t first = get_global_id(0) * (size_t)(PACKED ? n + n % 2 : n);
    const float8 size = as_float(count);
    const float mean = canonical_divide(row(SUM, ITSELF, z, first, n, 0.0f, zero), size, zero).s0;
    const float8 variance = canonical_divide(row(SUM, DEVIATION, z, first, n, mean, zero), size, zero);
    const float r = canonical_rsqrt(add(variance, as_float(epsilon)), zero).s0;
    uint k = 0;
    for (; k + 8 <= n; k += 8) keep(normal(z, g, b, first, k, 8, mean, r, zero), y, first + k, 8, PACKED, zero);
    if (k < n) keep(normal(z, g, b, first, k, n - k, mean, r, zero), y, first + k, n - k, PACKED, zero);
}
