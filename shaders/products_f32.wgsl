// Sums of products of f32, of the guarded tier.

fn plus_product(sum: f32, a: f32, b: f32) -> f32 { return settled(sum + guarded(a * b)); }

fn plus_product4(sum: vec4<f32>, a: vec4<f32>, b: vec4<f32>) -> vec4<f32> { return settled4(sum + guarded4(a * b)); }
