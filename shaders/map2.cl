// y[i] = f(a[i], b[i]) for a function of two operands. Needs a part that defines `binary_function`, and `words` or
// `halves`, or with WIDTH 8 `eight`. `map`, `map2`, `map3` and `map_scalar` are separate files, since in WGSL the parameter
// block has one binding per module, after all buffers.
//
// buffers     a, b, y: n elements each, the padding of y +0
// parameters  n; rounds: words, or vectors of eight elements, per work-item; zero: 0
// constants   GROUP: work-items per work-group; WIDTH

#if WIDTH == 8
// The results from element i on, of which `left` are left.
static inline real results_at(__global const uint *a, __global const uint *b, uint i, uint left, uint zero) {
    return binary_function(loaded(a, i, left), loaded(b, i, left), zero);
}
#else
// The result of an element of words.
static inline float result_of(uint a, uint b, uint i, uint zero) {
    return binary_function(in_word(a, i, zero), in_word(b, i, zero), zero);
}
#endif

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void binary(__global const uint *restrict a, __global const uint *restrict b,
            __global uint *restrict y, const uint n, const uint rounds, const uint zero) {
#if WIDTH == 8
    const uint first = get_group_id(0) * rounds * GROUP * 8, end = least(first + rounds * GROUP * 8, n);
    uint i = first + get_local_id(0) * 8;
    for (; i + 8 <= end; i += GROUP * 8) keep(results_at(a, b, i, 8, zero), y, i, 8, PACKED, zero);
    if (i < end) keep(results_at(a, b, i, n - i, zero), y, i, n - i, PACKED, zero);
#else
    const uint first = get_group_id(0) * rounds * GROUP, end = least(first + rounds * GROUP, (n + EACH - 1) / EACH);
    for (uint i = first + get_local_id(0); i < end; i += GROUP) {
        float second = 0.0f;
        if (EACH == 2 && 2 * i + 1 < n) second = result_of(a[i], b[i], 1, zero);
        y[i] = word_with(result_of(a[i], b[i], 0, zero), second, zero);
    }
#endif
}
