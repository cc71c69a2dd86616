// y[i] = f(a[i], b[i]) for one function of two operands. Needs `rounding`. A file of its own beside `map`: WGSL gives
// the parameter block one binding a module, which comes after all buffers.
//
// buffers     a[n], b[n], y[n]
// parameters  n; zero: 0
// constants   GROUP: work-items a work-group; FUNCTION: its number in paragon_tui/arithmetic/functions.py

static inline float binary_function(float a, float b, uint zero) {
    switch (FUNCTION) {
        case 0: return canonical_divide(a, b, zero);
        default: return a;
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void binary(__global const float *restrict a, __global const float *restrict b, __global float *restrict y,
            const uint n, const uint zero) {
    const uint i = get_global_id(0);
    if (i < n) y[i] = binary_function(a[i], b[i], zero);
}
