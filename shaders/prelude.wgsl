// The opaque step of the guarded tier: `zero` is 0, read from a buffer at run time, so no compiler can see
// through the exclusive-or and fuse the product into the add that follows.
fn guarded(product: vec4<f32>, zero: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(bitcast<vec4<u32>>(product) ^ vec4<u32>(zero));
}

// Work-groups are dispatched in rows of at most 65535, the limit of one dimension.
fn linear_group(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.y * groups.x + group.x;
}
