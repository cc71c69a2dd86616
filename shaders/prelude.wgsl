// The opaque step: `parameters.zero`, read from a buffer at run time, is 0, which no compiler can know: it must compute
// the exclusive-or, and cannot fuse a product into the addition that follows. The bits of GUARD: 1 for products, always
// set, since WGSL has no other means; 2 for running sums that need the step too (NUMERICS.md section 10); 4 for
// division and roots with integers, always set, since `rounding` has nothing else in WGSL.
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

// One rounding each. All are opaque, whatever GUARD says, since Mesa combines constants: (x + c) - c becomes x.
fn mul(a: f32, b: f32) -> f32 { return guarded(a * b); }
fn add(a: f32, b: f32) -> f32 { return guarded(a + b); }
fn sub(a: f32, b: f32) -> f32 { return guarded(a - b); }

// Work-groups are dispatched in rows of at most 65535, the limit of one dimension.
fn linear_group(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    return group.y * groups.x + group.x;
}
