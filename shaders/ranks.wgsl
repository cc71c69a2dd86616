// Keys as signed integers of the same order, and back: the numbers that are sorted (NUMERICS.md 19).
//
// constants   FLOATS: 1 where the keys are f32, of which -0 counts as +0; 0 where they are u32

const MAGNITUDE: i32 = 0x7fffffff; // the bits of a signed integer but its sign

fn rank_of(key: i32) -> i32 {
    if (FLOATS == 0u) { return key ^ i32(-MAGNITUDE - 1); }
    let bits = select(key, 0, key == i32(-MAGNITUDE - 1));
    return bits ^ ((bits >> 31u) & MAGNITUDE);
}

fn key_of(rank: i32) -> i32 {
    if (FLOATS == 0u) { return rank ^ i32(-MAGNITUDE - 1); }
    return rank ^ ((rank >> 31u) & MAGNITUDE);
}
