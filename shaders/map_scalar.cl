// y[i] = f(x[i], s) for a function of two operands, the second of which is one number. Needs a part that defines
// `binary_function`, and `words` or `halves`, or with WIDTH 8 `eight`.
//
// buffers     x, y: n elements each, the padding of y +0
// parameters  n; rounds: words, or vectors of eight elements, per work-item; scalar: the bits of s; zero: 0
// constants   GROUP: work-items per work-group; WIDTH

#if WIDTH == 8
// The results from element i on, of which `left` are left.
static inline real results_at(__global const uint *x, real s, uint i, uint left, uint zero) {
    return binary_function(loaded(x, i, left), s, zero);
}
#else
// The result of an element of words.
static inline float result_of(uint x, real s, uint i, uint zero) {
    return binary_function(in_word(x, i, zero), s, zero);
}
#endif

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void map_scalar(__global const uint *restrict x, __global uint *restrict y, const uint n, const uint rounds,
                const uint scalar, const uint zero) {
    const real s = (real)(as_float(scalar));
#if WIDTH == 8
    const uint first = get_group_id(0) * rounds * GROUP * 8, end = least(first + rounds * GROUP * 8, n);
    uint i = first + get_local_id(0) * 8;
    for (; i + 8 <= end; i += GROUP * 8) keep(results_at(x, s, i, 8, zero), y, i, 8, PACKED, zero);
    if (i < end) keep(results_at(x, s, i, n - i, zero), y, i, n - i, PACKED, zero);
#else
    const uint first = get_group_id(0) * rounds * GROUP, end = least(first + rounds * GROUP, (n + EACH - 1) / EACH);
    for (uint i = first + get_local_id(0); i < end; i += GROUP) {
        float second = 0.0f;
        if (EACH == 2 && 2 * i + 1 < n) second = result_of(x[i], s, 1, zero);
        y[i] = word_with(result_of(x[i], s, 0, zero), second, zero);
    }
#endif
}
