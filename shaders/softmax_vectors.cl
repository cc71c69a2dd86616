// The kernels of `softmax` for CPUs, where a work-item is a stream of vector instructions: a row each. Needs
// `softmax_terms` and `vectors`.

static inline void outputs(uint kind, __global const uint *restrict x, __global uint *restrict p, uint rows, uint n,
                           uint zero) {
    if (get_global_id(0) >= rows) return;
    const operands z = {x, x};
    const size_t first = get_global_id(0) * (size_t)(PACKED ? n + n % 2 : n);
    const float most = row(MOST, ITSELF, z, first, n, 0.0f, zero);
    const float last = normaliser(kind, row(SUM, EXPONENTIAL, z, first, n, most, zero), zero).s0;
    uint k = 0;
    for (; k + 8 <= n; k += 8)
        keep(normalised(kind, vector_of(z, first + k, 8, zero), most, last, zero), p, first + k, 8, zero);
    if (k < n)
        keep(normalised(kind, vector_of(z, first + k, n - k, zero), most, last, zero), p, first + k, n - k, zero);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void softmax(__global const uint *restrict x, __global uint *restrict p, const uint rows, const uint n,
             const uint zero) {
    outputs(PROBABILITY, x, p, rows, n, zero);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void log_softmax(__global const uint *restrict x, __global uint *restrict p, const uint rows, const uint n,
                 const uint zero) {
    outputs(LOGARITHM, x, p, rows, n, zero);
}
