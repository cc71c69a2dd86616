// Ranks, the numbers that are sorted: keys as signed integers in the same order, and back (NUMERICS.md section 19).
//
// constants   FLOATS: 1 if the keys are f32, of which -0 counts as +0; 0 if they are u32

const MAGNITUDE: i32 = 0x7fffffff; // all bits of a signed integer but the sign

fn rank_of(key: i32) -> i32 {
    if (FLOATS == 0u) { return key ^ i32(-MAGNITUDE - 1); }
    let bits = select(key, 0, key == i32(-MAGNITUDE - 1));
    return bits ^ ((bits >> 31u) & MAGNITUDE);
}

fn key_of(rank: i32) -> i32 {
    if (FLOATS == 0u) { return rank ^ i32(-MAGNITUDE - 1); }
    return rank ^ ((rank >> 31u) & MAGNITUDE);
}
