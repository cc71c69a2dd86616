// The opaque step: `parameters.zero` is 0, read from a buffer at run time, so no compiler can see through the
// exclusive-or and fuse a product into the add that follows. GUARD has 1 always (WGSL has no other way), and 2
// where running sums need it too (NUMERICS.md 1); its 4, always there as well, is how `rounding` divides anyway.
fn guarded(product: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(product) ^ parameters.zero);
}

fn guarded4(product: vec4<f32>) -> vec4<f32> {
    return bitcast<vec4<f32>>(bitcast<vec4<u32>>(product) ^ vec4<u32>(parameters.zero));
}

fn settled(sum: f32) -> f32 {
    if ((GUARD & 2u) != 0u) { return bitcast<f32>(bitcast<u32>(sum) ^ parameters.zero); }
    return sum;
}

fn settled4(sum: vec4<f32>) -> vec4<f32> {
    if ((GUARD & 2u) != 0u) { return bitcast<vec4<f32>>(bitcast<vec4<u32>>(sum) ^ vec4<u32>(parameters.zero)); }
    return sum;
}

// One rounding each. All of them opaque: Mesa adds up constants, (x + c) - c becomes x, whatever GUARD says.
fn mul(a: f32, b: f32) -> f32 { return guarded(a * b); }
fn add(a: f32, b: f32) -> f32 { return guarded(a + b); }
fn sub(a: f32, b: f32) -> f32 { return guarded(a - b); }

// Work-groups are dispatched in rows of at most 65535, the limit of one dimension.
fn linear_group(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.y * groups.x + group.x;
}
