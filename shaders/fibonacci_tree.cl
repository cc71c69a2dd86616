// fib(n) modulo 2^32 as a tree of calls: fib(k) calls fib(k - 1) and fib(k - 2), down to the leaves fib(1) and fib(0).
// The calls at the top have split it into subtrees; a work-item evaluates one of them, a call a round, and adds up its
// leaves. A call's second one waits while the first is evaluated: those that wait differ from one another, so they are
// the bits of a word, and the least of them is the next. Needs `group_sum`.
//
// buffers     leaves[2]: the values of fib(0) and fib(1); parts: one per work-group
// parameters  n: subtrees; larger: those of them that are fib(argument), ahead of all others, which are
//             fib(argument - 1); argument: at most 33; zero: 0
// constants   GROUP: work-items per work-group, a power of two

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void calls(__global const uint *restrict leaves, __global uint *restrict parts, const uint n, const uint larger,
           const uint argument, const uint zero) {
    __local uint here[GROUP];
    const uint item = get_global_id(0);
    uint sum = 0, waiting = 0, k = item < larger ? argument : argument - 1;
    for (uint called = item < n ? 1 : 0; called != 0;) {
        if (k >= 2) {
            waiting |= 1u << (k - 2);
            k -= 1;
        } else {
            sum += leaves[k];
            called = waiting;
            k = popcount(~waiting & (waiting - 1));
            waiting &= waiting - 1;
        }
    }
    sum = folded(here, sum);
    if (get_local_id(0) == 0) parts[get_group_id(0)] = sum;
}
