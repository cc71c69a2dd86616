// The kernels of `softmax` and `softmax_outputs` for CPUs, where a work-item is a stream of vector instructions: it
// takes one row, or a block of a row's outputs. Needs `softmax_terms` and `vectors`.

// p = the outputs of n elements from `first` on.
static inline void row_outputs(uint kind, operands z, __global uint *p, size_t first, uint n, float most, float last,
                               uint zero) {
    uint k = 0;
    for (; k + 8 <= n; k += 8)
        keep(normalised(kind, vector_of(z, first + k, 8, zero), most, last, zero), p, first + k, 8, PACKED, zero);
    if (k < n)
        keep(normalised(kind, vector_of(z, first + k, n - k, zero), most, last, zero), p, first + k, n - k, PACKED,
             zero);
}

static inline void outputs_of_row(uint kind, __global const uint *x, __global uint *p, uint rows, uint n, uint zero) {
    if (get_global_id(0) >= rows) return;
    const operands z = {x, x}, e = {p, p};
    const size_t first = get_global_id(0) * (size_t)(PACKED ? n + n % 2 : n);
    const float most = row(MOST, ITSELF, z, first, n, 0.0f, zero);
    if ((kind == PROBABILITY) & !PACKED) {  // exponentials are expensive: those of the sum are kept, then divided
        row_outputs(EXPONENTIALS, z, p, first, n, most, 0.0f, zero);
        row_outputs(QUOTIENTS, e, p, first, n, 0.0f, row(SUM, ITSELF, e, first, n, 0.0f, zero), zero);
    } else {
        const float last = normaliser(kind, row(SUM, EXPONENTIAL, z, first, n, most, zero), zero).s0;
        row_outputs(kind, z, p, first, n, most, last, zero);
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void softmax(__global const uint *restrict x, __global uint *p, const uint rows, const uint n, const uint zero) {
    outputs_of_row(PROBABILITY, x, p, rows, n, zero);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void log_softmax(__global const uint *restrict x, __global uint *p, const uint rows, const uint n, const uint zero) {
    outputs_of_row(LOGARITHM, x, p, rows, n, zero);
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void outputs(__global const uint *restrict x, __global const float *restrict most, __global const float *restrict sum,
             __global uint *restrict p, const uint n, const uint zero) {
    const uint first = get_global_id(0) * BLOCK;
    if (first >= n) return;
    const operands z = {x, x};
    row_outputs(KIND, z, p, first, min(n - first, (uint)BLOCK), most[0], normaliser(KIND, sum[0], zero).s0, zero);
}
