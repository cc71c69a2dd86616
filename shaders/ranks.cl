// Ranks, the numbers that are sorted: keys as signed integers in the same order, and back (NUMERICS.md section 19).
//
// constants   FLOATS: 1 if the keys are f32, of which -0 counts as +0; 0 if they are u32; WIDTH as in `prelude`

#define MAGNITUDE 0x7fffffff // all bits of a signed integer but the sign

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
