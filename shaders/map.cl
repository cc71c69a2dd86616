// y[i] = f(x[i]) for one elementary function, and y[i] = f(a[i], b[i]).
//
// buffers     unary: x[n], y[n]; binary: a[n], b[n], y[n]
// parameters  n; zero: 0
// constants   GROUP: work-items a work-group; FUNCTION: its number in suites/… (the order of the cases below)

static inline float unary_function(float x, uint zero) {
    switch (FUNCTION) {
        case 0: return canonical_exp(x, zero);
        default: return x;
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void unary(__global const float *restrict x, __global float *restrict y, const uint n, const uint zero) {
    const uint i = get_global_id(0);
    if (i < n) y[i] = unary_function(x[i], zero);
}
