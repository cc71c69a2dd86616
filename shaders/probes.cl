// The results of single operations on this compiler and device, in the forms that kernels have: groups of many
// work-items, one number or eight at a time (WIDTH), loops, and operands that are each item's own or uniform in a group.
//
// buffers     own[2][INPUTS][ELEMENTS], uniforms[2][INPUTS], out[2][OUTPUTS][6][ELEMENTS] (bit patterns)
// parameters  launch: 0 for one number at a time, 1 for eight; pairs: PAIRS; hard: HARD; zero: 0
// constants   GROUP: ELEMENTS / WIDTH; PAIRS: products of the loop; HARD: the number of quotients, of roots, and of
//             quotients by one divisor; INPUTS = 31 + 3·PAIRS + 7·HARD; OUTPUTS: 23
//
// Groups 0 and 1 have operands of their own, 2 and 3 uniform ones, 4 and 5 a first operand of their own and others that
// are uniform. Even groups have the data of the probes, odd ones those of their controls, in every element. Inputs come
// from buffers, so that the compiler folds nothing. Required probes are written as in the kernels, with `guarded`
// products and `settled` sums; probes for information only have bare operations.

#define SUM_CONSTANT 12582912.0f  // 1.5·2^23

static inline real operand(__global const float *own, __global const float *uniforms, bool is_uniform, uint slot) {
    return is_uniform ? (real)(uniforms[slot]) : elements(own, slot * ELEMENTS);
}

// The results of one form: the first operand of each operation, and the others, are uniform or not. `own` begins with
// this item's elements, `out` with its results.
static inline void results(__global const float *own, __global const float *uniforms, bool first, bool others,
                           __global uint *out, uint pairs, uint hard, uint zero) {
#define A(slot) operand(own, uniforms, first, slot)
#define B(slot) operand(own, uniforms, others, slot)
#define GIVE(probe, value) store_elements(value, (__global float *)out, (probe) * 6 * ELEMENTS)
    GIVE(0, settled(guarded(A(0) * B(1)) + B(2)));
    GIVE(1, guarded(A(3) * B(4)));
    GIVE(2, settled(A(5) + B(6)));
    GIVE(3, settled(A(7) + B(8)));
    GIVE(4, settled(settled(A(9) + B(10)) + B(11)));
    const real s = settled(A(12) + B(13));
    const real b = settled(s - A(12));
    GIVE(5, settled(settled(A(12) - settled(s - b)) + settled(B(13) - b)));
    GIVE(6, sub(add(A(14), SUM_CONSTANT), SUM_CONSTANT));
    real sum = A(15);
    for (uint k = 29; k < 29 + pairs; ++k) sum = settled(sum + guarded(A(k) * B(k + PAIRS)));
    GIVE(7, sum);
    GIVE(8, canonical_half(A(16), zero));
    GIVE(9, canonical_half(A(17), zero));
    GIVE(10, canonical_half(A(18), zero));
    GIVE(11, A(0) * B(1) + B(2));
    GIVE(12, (A(14) + SUM_CONSTANT) - SUM_CONSTANT);
    GIVE(13, guarded(A(19) * B(20)));
    GIVE(14, guarded(A(21) * B(22)));
    real plain_sum = A(23);
    for (uint k = 29 + 2 * PAIRS; k < 29 + 2 * PAIRS + pairs; ++k) plain_sum = settled(plain_sum + A(k));
    GIVE(15, plain_sum);
    // The numbers of right results. The inputs are dividends, divisors and quotients, then squares and roots, then
    // dividends and quotients of one divisor.
    const uint d = 29 + 3 * PAIRS, r = d + 3 * HARD, e = r + 2 * HARD;
    word quotients = 0, roots = 0, of_one_divisor = 0;
    for (uint k = 0; k < hard; ++k) {
        quotients += as_word(canonical_divide(A(d + k), B(d + HARD + k), zero)) == as_word(B(d + 2 * HARD + k)) ? 1u : 0u;
        roots += as_word(canonical_sqrt(A(r + k), zero)) == as_word(B(r + HARD + k)) ? 1u : 0u;
    }
    for (uint k = 0; k < hard; ++k)
        of_one_divisor += as_word(canonical_divide(A(e + k), B(27), zero)) == as_word(B(e + HARD + k)) ? 1u : 0u;
    GIVE(16, real_of(quotients));
    GIVE(17, real_of(roots));
    GIVE(18, real_of(of_one_divisor));
    GIVE(19, mul(mul(A(24), B(25)), B(26)));
    GIVE(20, mul(mul(A(28), 1.1f), 1.3f));
    GIVE(21, canonical_half(A(INPUTS - 2), zero));
    GIVE(22, widened(word_of(A(INPUTS - 1))));
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void probes(__global const float *restrict own, __global const float *restrict uniforms, __global uint *restrict out,
            const uint launch, const uint pairs, const uint hard, const uint zero) {
    const uint group = get_group_id(0), data = group % 2 * INPUTS, item = get_local_id(0) * WIDTH;
    __global const float *mine = own + data * ELEMENTS + item, *ours = uniforms + data;
    __global uint *y = out + (launch * OUTPUTS * 6 + group) * ELEMENTS + item;
    if (group < 2)
        results(mine, ours, false, false, y, pairs, hard, zero);
    else if (group < 4)
        results(mine, ours, true, true, y, pairs, hard, zero);
    else
        results(mine, ours, false, true, y, pairs, hard, zero);
}
