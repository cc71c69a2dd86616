// Keys as signed integers of the same order, and back: the numbers that are sorted (NUMERICS.md 19).
//
// constants   FLOATS: 1 where the keys are f32, of which -0 counts as +0; 0 where they are u32; WIDTH as in `prelude`

#define MAGNITUDE 0x7fffffff // the bits of a signed integer but its sign

static inline whole rank_of(whole bits) {
#if FLOATS
    bits = (bits == (whole)(-MAGNITUDE - 1)) ? (whole)(0) : bits;
    return bits ^ ((bits >> 31) & MAGNITUDE);
#else
    return bits ^ (whole)(-MAGNITUDE - 1);
#endif
}

static inline whole key_of(whole rank) {
#if FLOATS
    return rank ^ ((rank >> 31) & MAGNITUDE);
#else
    return rank ^ (whole)(-MAGNITUDE - 1);
#endif
}
