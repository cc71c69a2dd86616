// Philox4x32-10 of Salmon et al., SC'11 (NUMERICS.md section 3). Needs `rounding`.

#define PHILOX_M0 0xd2511f53u
#define PHILOX_M1 0xcd9e8d57u
#define PHILOX_W0 0x9e3779b9u
#define PHILOX_W1 0xbb67ae85u

#if WIDTH == 1
// The four words of a block.
static inline uint4 philox(uint4 counter, uint2 key) {
    #pragma unroll
    for (uint i = 0; i < 10; i++) {
        counter = (uint4)(high_product(PHILOX_M1, counter.z) ^ counter.y ^ key.x, PHILOX_M1 * counter.z,
                          high_product(PHILOX_M0, counter.x) ^ counter.w ^ key.y, PHILOX_M0 * counter.x);
        key += (uint2)(PHILOX_W0, PHILOX_W1);
    }
    return counter;
}
#endif
