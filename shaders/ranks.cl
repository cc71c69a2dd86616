// Keys as signed integers of the same order, and back: the numbers that are sorted (NUMERICS.md, Integers and sorting).
//
// constants   FLOATS: 1 where the keys are f32, of which -0 counts as +0; 0 where they are u32; WIDTH as in `prelude`

#define LARGEST_RANK 0x7fffffff // of padding: no key comes after it

static inline whole rank_of(whole bits) {
#if FLOATS
    bits = (bits == (whole)(-LARGEST_RANK - 1)) ? (whole)(0) : bits;
    return bits ^ ((bits >> 31) & LARGEST_RANK);
#else
    return bits ^ (whole)(-LARGEST_RANK - 1);
#endif
}

static inline whole key_of(whole rank) {
#if FLOATS
    return rank ^ ((rank >> 31) & LARGEST_RANK);
#else
    return rank ^ (whole)(-LARGEST_RANK - 1);
#endif
}
