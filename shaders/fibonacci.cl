// The first numbers of Fibonacci's sequence modulo 2^32: every work-item computes its first two numbers by doubling,
// and the others by addition.
//
// buffers     first[2]: the first two numbers of the sequence; y[n]
// parameters  n; share: numbers per work-item; zero: 0
// constants   GROUP: work-items per work-group

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void fibonacci(__global const uint *restrict first, __global uint *restrict y, const uint n, const uint share,
               const uint zero) {
    const uint start = get_global_id(0) * share, end = min(start + share, n);
    // F(k) and F(k + 1) of the sequence that begins with 0 and 1, where k takes over the bits of `start`, high to low.
    uint a = 0, b = 1;
    for (uint bit = 32; bit-- > 0;) {
        const uint even = a * (2 * b - a), odd = a * a + b * b, one = start >> bit & 1;
        a = one ? odd : even;
        b = one ? even + odd : odd;
    }
    uint next = first[0] * (b - a) + first[1] * a, after = first[0] * a + first[1] * b;
    for (uint i = start; i < end; ++i) {
        y[i] = next;
        const uint sum = next + after;
        next = after;
        after = sum;
    }
}
